package thinkj.checkpoint;

/** How a checkpoint stores numbers. Every one of them is widened to fp32 without loss on import. */
public enum Dtype {
    F32(4, "float32"),
    F16(2, "float16"),
    BF16(2, "bfloat16");

    private static final int F32_EXPONENT = 0x7f80_0000;

    private final int bytes;
    private final String torchName;

    Dtype(int bytes, String torchName) {
        this.bytes = bytes;
        this.torchName = torchName;
    }

    /** Bytes of one number. */
    public int bytes() {
        return bytes;
    }

    /** What {@code config.json} calls it. */
    public String torchName() {
        return torchName;
    }

    /** Whether these bits of an fp32 number are NaN or infinite. */
    static boolean isNonFinite(int floatBits) {
        return (floatBits & F32_EXPONENT) == F32_EXPONENT;
    }

    /** Bits of the fp32 number that equals an fp16 number (IEEE 754 binary16). */
    static int halfToFloatBits(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >>> 10 & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0x1f) {
            return sign | F32_EXPONENT | fraction << 13;
        }
        if (exponent == 0) {
            // Zero or subnormal: fraction · 2⁻²⁴, exact in fp32.
            return sign | Float.floatToRawIntBits(fraction * 0x1p-24f);
        }
        return sign | exponent + 112 << 23 | fraction << 13;
    }

    /** Bits of the bf16 number nearest to an fp32 number, ties to even; NaN stays NaN. */
    static short floatBitsToBf16(int bits) {
        if ((bits & 0x7fff_ffff) > F32_EXPONENT) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
