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

    /** Of a vector, and as many maxima side by side. */
    private static final int LANES = 16;

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
     * In loops that the compiler vectorises: the digits, still of 32 bits, are what is left of a float's bits.
     *
     * @param from fp32
     * @param work address of fp32 [rows, width], to work in
     * @param high address of int32 [rows, width], as low
     * @param scales address of fp32 [rows]: what a low digit of 1 stands for
     */
    static void split(NativeRows from, long rows, long work, long high, long low, long scales) {
        int width = from.width();
        long bytes = (long) width * Integer.BYTES;
        Cores.split(rows, 4 * bytes, (first, last) -> {
            float[] values = new float[width];
            int[] bits = new int[width];
            float[] steps = new float[(int) (last - first)];
            for (long row = first; row < last; row++) {
                from.read(row, values, null);
                Memory.read(from.at(row), bits, width);
                float largest = largest(bits);
                steps[(int) (row - first)] = largest / MOST_OF_TWO;
                round(values, largest == 0 ? 0 : MOST_OF_TWO / largest);
                Memory.write(values, width, work + row * bytes);
                Memory.read(work + row * bytes, bits, width);
                highDigits(bits);
                Memory.write(bits, width, high + row * bytes);
                Memory.read(work + row * bytes, bits, width);
                lowDigits(bits);
                Memory.write(bits, width, low + row * bytes);
            }
            Memory.write(steps, steps.length, scales + first * Float.BYTES);
        });
    }

    private static void round(float[] values, float each) {
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] * each + ROUNDING;
        }
    }

    private static void highDigits(int[] bits) {
        for (int i = 0; i < bits.length; i++) {
            bits[i] = bits[i] - ROUNDING_BITS + 128 >> 8;
        }
    }

    private static void lowDigits(int[] bits) {
        for (int i = 0; i < bits.length; i++) {
            bits[i] = bits[i] - ROUNDING_BITS << 24 >> 24;
        }
    }

    /** By magnitude; not a number if one of them is none. Numbers without sign are ordered as their bits are. */
    private static float largest(int[] bits) {
        int[] most = new int[LANES];
        int whole = bits.length / LANES * LANES;
        for (int from = 0; from < whole; from += LANES) {
            for (int lane = 0; lane < LANES; lane++) {
                most[lane] = Math.max(most[lane], bits[from + lane] & WITHOUT_SIGN);
            }
        }
        int all = 0;
        for (int i = whole; i < bits.length; i++) {
            all = Math.max(all, bits[i] & WITHOUT_SIGN);
        }
        for (int lane : most) {
            all = Math.max(all, lane);
        }
        return Float.intBitsToFloat(all);
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
