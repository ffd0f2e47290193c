package thinkj.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import thinkj.device.CudaSupport.Gpu;

class CudaSupportTest {
    @Test
    void readsWhatTheDriverSays() {
        assertEquals(
                List.of(new Gpu("NVIDIA A10G", "8.6", "535.104.05"), new Gpu("NVIDIA H100 80GB HBM3", "9.0", "535.104.05")),
                CudaSupport.parse("NVIDIA A10G, 8.6, 535.104.05\nNVIDIA H100 80GB HBM3, 9.0, 535.104.05\n"));
        assertEquals(List.of(), CudaSupport.parse("No devices were found\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.7", "5.2", "6.0", "7.5", "8.0", "8.6", "8.9"})
    void runsUpToAda(String capability) {
        assertEquals(Optional.empty(), refusal(capability, "535.104.05"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.5", "9.0", "10.0", "12.0", "[N/A]"})
    void runsOnNoOther(String capability) {
        assertEquals(
                Optional.of("ND4J's CUDA binaries cannot run on GPU: its compute capability is " + capability + ", they hold code for 3.7 to"
                        + " 8.6 (GPUs up to 8.9); use the CPU build (without THINKJ_BACKEND=cuda, or without -Pcuda)"),
                refusal(capability, "535.104.05"));
    }

    @Test
    void anOldDriver() {
        assertEquals(
                Optional.of("ND4J's CUDA binaries cannot run with driver 418.87 of GPU: CUDA 11.6 needs 450 or newer; update the driver"),
                refusal("7.5", "418.87"));
    }

    @Test
    void noGpu() {
        assertEquals(
                Optional.of("No NVIDIA GPU or driver was found (nvidia-smi shows none), and this is Think-J's CUDA build; use the CPU build"
                        + " (without THINKJ_BACKEND=cuda, or without -Pcuda)"),
                CudaSupport.refusal(List.of()));
    }

    @Test
    void theCpuBuildNeverRefuses() {
        assertFalse(CudaSupport.isCudaBuild());
        CudaSupport.require();
    }

    private static Optional<String> refusal(String capability, String driver) {
        return CudaSupport.refusal(List.of(new Gpu("GPU", capability, driver)));
    }
}
