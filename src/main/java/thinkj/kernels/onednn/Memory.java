package thinkj.kernels.onednn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where arrays lie, and bare memory. */
final class Memory {

    private Memory() {}

    /** Address of an array's first value; views have that of their own first one. */
    static long address(INDArray array) {
        DataBuffer data = array.data();
        return data.pointer().address() + data.offset() * data.getElementSize();
    }

    /** Some memory, without owning it. */
    private static final class Place extends Pointer {
        Place(long at) {
            address = at;
        }
    }

    static void copy(long from, long to, long bytes) {
        Pointer.memcpy(new Place(to), new Place(from), bytes);
    }

    static void zero(long at, long bytes) {
        Pointer.memset(new Place(at), 0, bytes);
    }

    static void write(float[] values, int count, long to) {
        new FloatPointer(new Place(to)).put(values, 0, count);
    }

    static void read(long from, float[] values, int count) {
        new FloatPointer(new Place(from)).get(values, 0, count);
    }

    /** Values of an INT32 array without gaps. */
    static int[] ints(INDArray array) {
        int[] values = new int[Math.toIntExact(array.length())];
        new IntPointer(new Place(Operands.dense(array))).get(values);
        return values;
    }

    /** Memory as a buffer, at most 2 GiB of it. */
    static ByteBuffer buffer(long at, long bytes) {
        return new BytePointer(new Place(at)).capacity(bytes).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    static void write(byte[] values, int count, long to) {
        new BytePointer(new Place(to)).put(values, 0, count);
    }

    static void write(int[] values, int count, long to) {
        new IntPointer(new Place(to)).put(values, 0, count);
    }

    static void read(long from, int[] values, int count) {
        new IntPointer(new Place(from)).get(values, 0, count);
    }

    static void write(short[] values, int count, long to) {
        new ShortPointer(new Place(to)).put(values, 0, count);
    }

    static void read(long from, short[] values, int count) {
        new ShortPointer(new Place(from)).get(values, 0, count);
    }

    static boolean equal(long a, long b, long bytes) {
        return Pointer.memcmp(new Place(a), new Place(b), bytes) == 0;
    }
}
