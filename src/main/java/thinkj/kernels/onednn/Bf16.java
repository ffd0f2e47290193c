package thinkj.kernels.onednn;

/** bf16 is the upper half of an fp32's bits. */
final class Bf16 {
    private static final int HALF = 16;
    private static final int JUST_BELOW_HALF = 0x7fff;

    private Bf16() {}

    static void toFloats(short[] bits, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(bits[i] << HALF);
        }
    }

    /** Rounds in place; {@code bits} are used up. */
    static void round(float[] values, short[] bits) {
        fromFloats(values, bits);
        toFloats(bits, values);
    }

    /** Rounds to the nearest, in the middle to the even one, as oneDNN does. */
    static void fromFloats(float[] values, short[] bits) {
        for (int i = 0; i < values.length; i++) {
            int all = Float.floatToIntBits(values[i]);
            bits[i] = (short) (all + JUST_BELOW_HALF + (all >>> HALF & 1) >>> HALF);
        }
    }
}
