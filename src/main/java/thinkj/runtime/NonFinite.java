package thinkj.runtime;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Counts NaN and infinite numbers of arrays in fp32, fp64 and bf16, on all cores. Arrays of other types have none. */
public final class NonFinite {
    private static final int BLOCK = 1 << 14;
    private static final int FLOAT_EXPONENT = 0x7f800000;
    private static final int BF16_EXPONENT = 0x7f80;
    private static final ThreadLocal<float[]> FLOATS = ThreadLocal.withInitial(() -> new float[BLOCK]);
    private static final ThreadLocal<short[]> SHORTS = ThreadLocal.withInitial(() -> new short[BLOCK]);

    private NonFinite() {}

    /** How many numbers of an array are NaN or infinite. */
    public static long count(INDArray array) {
        if (!array.dataType().isFPType() || array.isEmpty()) {
            return 0;
        }
        boolean plain = array.ordering() == 'c' && !array.isView();
        if (array.dataType() != DataType.FLOAT && array.dataType() != DataType.BFLOAT16 || !plain && !isDense(array)) {
            return Arrays.stream(array.dup('c').data().asDouble()).filter(value -> !Double.isFinite(value)).count();
        }
        Nd4j.getAffinityManager().ensureLocation(array, AffinityManager.Location.HOST);
        long blocks = (array.length() + BLOCK - 1) / BLOCK;
        LongStream all = blocks == 1 ? LongStream.of(0) : LongStream.range(0, blocks).parallel();
        return all.map(block -> count(array, block * BLOCK)).sum();
    }

    /** Whether the numbers lie in a row, in C order, from the first one on. */
    private static boolean isDense(INDArray array) {
        long stride = 1;
        for (int i = array.rank() - 1; i >= 0; i--) {
            if (array.size(i) > 1 && array.stride(i) != stride) {
                return false;
            }
            stride *= array.size(i);
        }
        return true;
    }

    private static long count(INDArray array, long from) {
        int length = (int) Math.min(BLOCK, array.length() - from);
        return array.dataType() == DataType.FLOAT ? floats(array, from, length) : bf16(array, from, length);
    }

    private static long floats(INDArray array, long from, int length) {
        float[] values = FLOATS.get();
        new FloatPointer(array.data().addressPointer()).position(from).get(values, 0, length);
        int count = 0;
        for (int i = 0; i < length; i++) {
            count += (Float.floatToRawIntBits(values[i]) & FLOAT_EXPONENT) == FLOAT_EXPONENT ? 1 : 0;
        }
        return count;
    }

    private static long bf16(INDArray array, long from, int length) {
        short[] values = SHORTS.get();
        new ShortPointer(array.data().addressPointer()).position(from).get(values, 0, length);
        int count = 0;
        for (int i = 0; i < length; i++) {
            count += (values[i] & BF16_EXPONENT) == BF16_EXPONENT ? 1 : 0;
        }
        return count;
    }
}
