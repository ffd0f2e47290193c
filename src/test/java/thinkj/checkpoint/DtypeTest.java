package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DtypeTest {

    @Test
    void everyHalfIsWidenedExactly() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            int exponent = bits >>> 10 & 0x1f;
            int fraction = bits & 0x3ff;
            double sign = bits >>> 15 == 0 ? 1 : -1;
            double expected = exponent == 0x1f
                    ? (fraction == 0 ? sign / 0.0 : Double.NaN)
                    : exponent == 0 ? sign * fraction * 0x1p-24 : sign * (1024 + fraction) * Math.pow(2, exponent - 25);
            assertEquals(expected, Float.intBitsToFloat(Dtype.halfToFloatBits((short) bits)));
        }
    }

    @Test
    void everyBf16ComesBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            int wide = bits << 16;
            short back = Dtype.floatBitsToBf16(wide);
            if (Float.isNaN(Float.intBitsToFloat(wide))) {
                assertTrue(Float.isNaN(Float.intBitsToFloat(back << 16)));
            } else {
                assertEquals((short) bits, back);
            }
        }
    }

    @Test
    void bf16IsTheNearestAndTiesAreEven() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 1_000_000; i++) {
            int bits = i % 4 == 0 ? random.nextInt() & 0xffff_8000 : random.nextInt();
            double value = Float.intBitsToFloat(bits);
            // Above the largest bf16 number the nearest "number" is infinity.
            if (Double.isNaN(value) || Math.abs(value) > Float.intBitsToFloat(0x7f7f_0000)) {
                continue;
            }
            int rounded = Dtype.floatBitsToBf16(bits) & 0xffff;
            double error = Math.abs(bf16(rounded) - value);
            double below = Math.abs(bf16(rounded - 1) - value);
            double above = Math.abs(bf16(rounded + 1) - value);
            boolean even = (rounded & 1) == 0;
            assertTrue((error < below || even && error == below || Double.isNaN(below))
                    && (error < above || even && error == above || Double.isInfinite(above)), Integer.toHexString(bits));
        }
    }

    private static double bf16(int bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
