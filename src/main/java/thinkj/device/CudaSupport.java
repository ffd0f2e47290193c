package thinkj.device;

import java.util.List;
import java.util.Optional;
import thinkj.io.UserError;

/**
 * Whether ND4J's CUDA binaries can run here. {@code nd4j-cuda-11.6} 1.0.0-M2.1 holds machine code for compute capability 3.7 to 8.6 and no
 * PTX that a newer driver could translate: it runs on GPUs up to 8.9, whose hardware takes 8.6 code, and on none from 9.0 on.
 */
public final class CudaSupport {
    private static final String BACKEND = "org/nd4j/linalg/jcublas/JCublasBackend.class";
    private static final int OLDEST = 37;
    private static final int NEWEST = 89;

    /** Oldest driver that runs programs of CUDA 11, by NVIDIA's table of minor version compatibility. */
    private static final int OLDEST_DRIVER = 450;

    private static final String REMEDY = "use the CPU build (without THINKJ_BACKEND=cuda, or without -Pcuda)";

    /**
     * A GPU as the driver tells of it.
     *
     * @param computeCapability such as {@code 8.6}
     * @param driver version, such as {@code 535.104.05}
     */
    public record Gpu(String name, String computeCapability, String driver) {}

    private CudaSupport() {}

    /** Whether this is the CUDA build of Think-J. */
    public static boolean isCudaBuild() {
        return CudaSupport.class.getClassLoader().getResource(BACKEND) != null;
    }

    /** The GPUs that the driver shows; none without a driver. */
    public static List<Gpu> gpus() {
        return Programs.output("nvidia-smi", "--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader")
                .map(CudaSupport::parse)
                .orElse(List.of());
    }

    static List<Gpu> parse(String csv) {
        return csv.lines()
                .map(line -> line.split("\\s*,\\s*"))
                .filter(cells -> cells.length == 3)
                .map(cells -> new Gpu(cells[0].trim(), cells[1], cells[2].trim()))
                .toList();
    }

    /** Why the binaries cannot run on any of these GPUs, in one sentence; empty where they can run on the first, the one ND4J takes. */
    public static Optional<String> refusal(List<Gpu> gpus) {
        if (gpus.isEmpty()) {
            return Optional.of("No NVIDIA GPU or driver was found (nvidia-smi shows none), and this is Think-J's CUDA build; " + REMEDY);
        }
        Gpu gpu = gpus.get(0);
        int capability = capability(gpu.computeCapability());
        if (capability < OLDEST || capability > NEWEST) {
            return Optional.of("ND4J's CUDA binaries cannot run on " + gpu.name() + ": its compute capability is "
                    + gpu.computeCapability() + ", they hold code for 3.7 to 8.6 (GPUs up to 8.9); " + REMEDY);
        }
        if (leadingNumber(gpu.driver()) < OLDEST_DRIVER) {
            return Optional.of("ND4J's CUDA binaries cannot run with driver " + gpu.driver() + " of " + gpu.name() + ": CUDA 11.6 needs "
                    + OLDEST_DRIVER + " or newer; update the driver");
        }
        return Optional.empty();
    }

    /** Refuses to start work that would crash. To be called before ND4J's first use. */
    public static void require() {
        if (isCudaBuild()) {
            refusal(gpus()).ifPresent(reason -> {
                throw new UserError(reason);
            });
        }
    }

    private static int capability(String text) {
        String[] parts = text.split("\\.");
        return parts.length == 2 ? 10 * leadingNumber(parts[0]) + leadingNumber(parts[1]) : 0;
    }

    private static int leadingNumber(String text) {
        String digits = text.replaceAll("[^0-9].*", "");
        return digits.isEmpty() || digits.length() > 6 ? 0 : Integer.parseInt(digits);
    }
}
