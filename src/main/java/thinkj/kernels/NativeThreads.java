package thinkj.kernels;

import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * How many native threads ND4J, OpenBLAS and oneDNN share out one operation to.
 *
 * <p>A narrow model's operations are over in microseconds; handing them to several threads costs more than it saves, and several
 * times more on a busy machine. Such models run on one thread, so that independent runs can use the cores side by side.
 * {@code OMP_NUM_THREADS} overrides the choice.
 */
public final class NativeThreads {
    private static final int NARROW = 256;
    private static final boolean CHOSEN_BY_USER = System.getenv("OMP_NUM_THREADS") != null;

    /** What the calling thread's operations use now; OpenMP keeps the number by thread. */
    private static final ThreadLocal<Integer> CURRENT = ThreadLocal.withInitial(() -> 0);

    private NativeThreads() {}

    /** Threads that suit operations on rows of this width. */
    public static int forWidth(int hiddenSize) {
        return hiddenSize < NARROW ? 1 : Runtime.getRuntime().availableProcessors();
    }

    /** The number that the calling thread's operations use; for loops that share out their work themselves. */
    public static int current() {
        int chosen = CURRENT.get();
        return chosen > 0 ? chosen : Runtime.getRuntime().availableProcessors();
    }

    /** Sets the number for the calling thread. */
    public static void use(int threads) {
        if (CHOSEN_BY_USER || CURRENT.get() == threads) {
            return;
        }
        // ND4J's own class first: it finds the backend that the holder of its natives is made from.
        Nd4j.factory().blas().setMaxThreads(threads);
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
        CURRENT.set(threads);
    }

    /**
     * Does something whose oneDNN operations the calling thread runs alone; for loops that share out their work themselves. It takes
     * nanoseconds, where {@link #use} takes hundreds of microseconds: OpenBLAS is not told.
     */
    public static void alone(Runnable work) {
        with(1, work);
    }

    /** As {@link #alone}, on a number of threads. */
    public static void with(int threads, Runnable work) {
        NativeOps natives = NativeOpsHolder.getInstance().getDeviceNativeOps();
        int before = natives.ompGetMaxThreads();
        natives.setOmpNumThreads(threads);
        try {
            work.run();
        } finally {
            natives.setOmpNumThreads(before);
        }
    }
}
