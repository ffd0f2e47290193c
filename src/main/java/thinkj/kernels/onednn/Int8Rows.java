package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * Rows of numbers as int8, symmetric about zero.
 *
 * <p>Weights are one int8 each, in steps of a 127th of their row's largest. Activations are two int8 digits each,
 * {@code 256 · high + low}, in steps of a 32,639th of their row's largest: a row's outliers, hundreds of times as large as the rest, leave
 * one digit too few steps for it, and 15 bits are finer than bf16 for all that is not tiny beside them. Products of int8 digits are added
 * up exactly.
 */
final class Int8Rows {
    /** What the high digit counts for. */
    static final float BASE = 256;

    private static final int MOST = 127;
    private static final int MOST_OF_TWO = 127 * 256 + 127;
    private static final int WITHOUT_SIGN = 0x7fff_ffff;

    /** Added to a number of less than 22 bits, it leaves the nearest whole number in the sum's low bits. */
    private static final float ROUNDING = 0x1.8p23f;

    private static final int ROUNDING_BITS = Float.floatToRawIntBits(ROUNDING);

    private Int8Rows() {}

    /**
     * @param from address of fp32 [rows, width]
     * @param to address of int8 [rows, width]
     * @param scales address of fp32 [rows]: what an int8 1 stands for
     */
    static void quantise(long from, long rows, int width, long to, long scales) {
        NativeRows source = new NativeRows(from, DataType.FLOAT, width);
        Cores.split(rows, width * (Float.BYTES + 1L), (first, last) -> {
            float[] values = new float[width];
            byte[] digits = new byte[width];
            float[] steps = new float[(int) (last - first)];
            for (long row = first; row < last; row++) {
                source.read(row, values, null);
                float largest = largest(values);
                steps[(int) (row - first)] = largest / MOST;
                float each = largest == 0 ? 0 : MOST / largest;
                for (int i = 0; i < width; i++) {
                    digits[i] = (byte) nearest(values[i] * each);
                }
                Memory.write(digits, width, to + row * width);
            }
            Memory.write(steps, steps.length, scales + first * Float.BYTES);
        });
    }

    /**
     * @param from fp32 or bf16
     * @param high address of int8 [rows, width], as low
     * @param scales address of fp32 [rows]: what a low digit of 1 stands for
     */
    static void split(NativeRows from, long rows, long high, long low, long scales) {
        int width = from.width();
        Cores.split(rows, width * (from.type().width() + 2L), (first, last) -> {
            float[] values = new float[width];
            short[] bits = new short[width];
            byte[] highs = new byte[width];
            byte[] lows = new byte[width];
            float[] steps = new float[(int) (last - first)];
            for (long row = first; row < last; row++) {
                from.read(row, values, bits);
                float largest = largest(values);
                steps[(int) (row - first)] = largest / MOST_OF_TWO;
                float each = largest == 0 ? 0 : MOST_OF_TWO / largest;
                for (int i = 0; i < width; i++) {
                    int both = nearest(values[i] * each);
                    highs[i] = (byte) (both + 128 >> 8);
                    lows[i] = (byte) both;
                }
                Memory.write(highs, width, high + row * width);
                Memory.write(lows, width, low + row * width);
            }
            Memory.write(steps, steps.length, scales + first * Float.BYTES);
        });
    }

    /** By magnitude; not a number if one of them is none. Numbers without sign are ordered as their bits are. */
    private static float largest(float[] values) {
        int most = 0;
        for (float value : values) {
            most = Math.max(most, Float.floatToRawIntBits(value) & WITHOUT_SIGN);
        }
        return Float.intBitsToFloat(most);
    }

    private static int nearest(float value) {
        return Float.floatToRawIntBits(value + ROUNDING) - ROUNDING_BITS;
    }
}
