package thinkj.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static thinkj.device.CpuNatives.Level.AVX2;
import static thinkj.device.CpuNatives.Level.AVX512;
import static thinkj.device.CpuNatives.Level.GENERIC;

import java.util.Set;
import org.junit.jupiter.api.Test;
import thinkj.io.UserError;

class CpuNativesTest {
    private static final String ZEN4 = """
            processor\t: 0
            flags\t\t: fpu sse2 fma f16c avx avx2 avx512f avx512dq avx512cd avx512bw avx512vl avx512_bf16
            bugs\t\t: none

            processor\t: 1
            flags\t\t: fpu
            """;

    @Test
    void theFastestThatAllFlagsAllow() {
        assertEquals(AVX512, CpuNatives.choose(null, CpuNatives.linuxFlags(ZEN4)));
        assertEquals(AVX2, CpuNatives.choose("", CpuNatives.linuxFlags(ZEN4.replace("avx512vl ", ""))));
        assertEquals(GENERIC, CpuNatives.choose("", CpuNatives.linuxFlags(ZEN4.replace("avx2 ", ""))));
        assertEquals(AVX2, CpuNatives.choose(null, CpuNatives.macFlags("FPU FMA F16C AVX1.0\nAVX2 BMI1\n")));
        assertEquals(GENERIC, CpuNatives.choose(null, CpuNatives.linuxFlags("Features\t: fp asimd\n")));
        assertEquals(GENERIC, CpuNatives.choose(null, Set.of()));
    }

    @Test
    void theEnvironmentDecides() {
        assertEquals(GENERIC, CpuNatives.choose("generic", CpuNatives.linuxFlags(ZEN4)));
        assertEquals("THINKJ_CPU: sse, must be one of generic, avx2, avx512",
                assertThrows(UserError.class, () -> CpuNatives.choose("sse", Set.of())).getMessage());
    }
}
