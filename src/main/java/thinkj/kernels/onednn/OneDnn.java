package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_amx;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;
import static org.bytedeco.dnnl.global.dnnl.dnnl_version;

import java.util.Optional;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_version_t;
import org.nd4j.linalg.factory.Nd4j;

/**
 * oneDNN on this machine: whether its natives load, and the one engine that every thread shares. Where they do not load, or the arrays
 * are not the CPU's, {@link #problem} says why and nothing else here may be called.
 */
public final class OneDnn {

    private OneDnn() {}

    /** Why oneDNN can't be used here, in one sentence; empty where it can. */
    public static Optional<String> problem() {
        return Optional.ofNullable(Loaded.PROBLEM);
    }

    /** Whether products of bf16 matrices run on instructions and not by emulation: AVX-512 is the least that oneDNN has them for. */
    public static boolean hasBf16() {
        return problem().isEmpty() && has(dnnl_cpu_isa_avx512_core);
    }

    /** Whether bf16 is multiplied by tiles (AMX), several times as fast as by vectors. */
    static boolean hasTiles() {
        return has(dnnl_cpu_isa_avx512_core_amx);
    }

    private static boolean has(int instructions) {
        return (dnnl_get_effective_cpu_isa() & instructions) == instructions;
    }

    /** Such as {@code oneDNN 3.11.0}. */
    public static String version() {
        dnnl_version_t version = dnnl_version();
        return "oneDNN " + version.major() + "." + version.minor() + "." + version.patch();
    }

    static dnnl_engine engine() {
        if (Loaded.PROBLEM != null) {
            throw new IllegalStateException(Loaded.PROBLEM);
        }
        return Loaded.ENGINE;
    }

    /** Turns a status into an exception that says what was tried. */
    static void check(int status, Object what) {
        if (status != dnnl_success) {
            throw new IllegalStateException("oneDNN refused (status " + status + "): " + what);
        }
    }

    /** Loaded at the first question, once. */
    private static final class Loaded {
        static final dnnl_engine ENGINE = new dnnl_engine();
        static final String PROBLEM = load();

        private static String load() {
            // ND4J first: both bring libgomp, and the one that is loaded first serves both, with one number of threads.
            String backend = Nd4j.getBackend().getClass().getSimpleName();
            if (!backend.equals("CpuBackend")) {
                return "oneDNN computes on the CPU, arrays are on " + backend;
            }
            try {
                check(dnnl_engine_create(ENGINE, dnnl_cpu, 0), "an engine on the CPU");
                return null;
            } catch (LinkageError | IllegalStateException e) {
                return "oneDNN's natives do not load here: " + e.getMessage();
            }
        }
    }
}
