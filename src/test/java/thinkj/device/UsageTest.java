package thinkj.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.OptionalDouble;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class UsageTest {

    @Test
    void guestsAreNotCountedTwice() {
        Usage.CpuTicks ticks = Usage.ticks("cpu  100 20 30 400 5 0 6 39 77 8");
        assertEquals(new Usage.CpuTicks(600, 39), ticks);
        assertEquals(OptionalDouble.of(0.25), Usage.ticks("cpu 160 20 30 400 5 0 6 59").stolenSince(ticks));
        assertEquals(OptionalDouble.empty(), ticks.stolenSince(ticks));
    }

    @Test
    void oldKernelsTellNothingOfSteal() {
        assertEquals(new Usage.CpuTicks(550, 0), Usage.ticks("cpu 100 20 30 400"));
    }

    @Test
    void sizesAreInKibibytes() {
        assertEquals(1596 * 1024, Usage.kilobytes("VmHWM:\t    1596 kB"));
    }

    @Test
    void thisProcessHasSomeMemory() {
        assertTrue(Usage.offHeap() >= 0);
        assertTrue(Usage.peakResident().orElse(Long.MAX_VALUE) > 10_000_000);
    }

    @Test
    void aPeakCanBeForgotten() {
        assumeTrue(Usage.peakResident().isPresent(), "needs Linux");
        long before = Usage.peakResident().orElseThrow();
        long bytes = before + 50_000_000 - Usage.resident();
        try (BytePointer some = new BytePointer(bytes)) {
            Pointer.memset(some, 1, bytes);
        }
        long with = Usage.peakResident().orElseThrow();
        assertTrue(with > before);
        assumeTrue(Usage.forgetPeakResident(), "needs Linux with clear_refs");
        assertTrue(Usage.peakResident().orElseThrow() < with - 20_000_000);
    }
}
