package thinkj.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import thinkj.kernels.NativeThreads;

/**
 * Independent runs side by side, for models so narrow that one operation is one core's work. The first lane is the calling thread;
 * every other has a thread of its own for the whole life of the program, so that what threads keep (arenas, scratch) is made once.
 */
public final class Lanes {
    private static final List<ExecutorService> THREADS = new ArrayList<>();

    private Lanes() {}

    /** How many runs of a model of this width should share the machine. */
    public static int forWidth(int hiddenSize) {
        return NativeThreads.forWidth(hiddenSize) == 1 ? Runtime.getRuntime().availableProcessors() : 1;
    }

    /**
     * Does something in each lane and waits for all of them.
     *
     * @return what the lanes gave, in order
     * @throws RuntimeException the first lane's that failed, once all have ended
     */
    public static <R> List<R> run(int lanes, IntFunction<R> work) {
        List<CompletableFuture<R>> others = new ArrayList<>();
        for (int lane = 1; lane < lanes; lane++) {
            int number = lane;
            others.add(CompletableFuture.supplyAsync(() -> work.apply(number), thread(lane)));
        }
        List<R> results = new ArrayList<>();
        try {
            results.add(work.apply(0));
        } finally {
            others.forEach(other -> other.handle((result, problem) -> null).join());
        }
        for (CompletableFuture<R> other : others) {
            results.add(result(other));
        }
        return results;
    }

    private static <R> R result(CompletableFuture<R> of) {
        try {
            return of.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static synchronized ExecutorService thread(int lane) {
        while (THREADS.size() < lane) {
            String name = "lane-" + (THREADS.size() + 1);
            THREADS.add(Executors.newSingleThreadExecutor(work -> {
                Thread thread = new Thread(work, name);
                thread.setDaemon(true);
                return thread;
            }));
        }
        return THREADS.get(lane - 1);
    }
}
