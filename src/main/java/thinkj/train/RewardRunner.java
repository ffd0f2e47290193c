package thinkj.train;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.judge.Reward;
import thinkj.judge.RewardInput;
import thinkj.judge.RewardResult;

/**
 * Asks a reward about many answers, each call beside the run and with a time limit of its own, so that a reward that throws, hangs
 * or returns no finite number costs one sample and never the run.
 *
 * <p>A call that exceeds its time is interrupted and its thread left behind; Java cannot end a thread that ignores that, so a reward in
 * an endless loop keeps a core busy until it notices. All threads are daemons: none keeps the process alive.
 */
public final class RewardRunner {
    private static final Logger LOG = LoggerFactory.getLogger(RewardRunner.class);
    private static final int FAILURES_LOGGED = 5;

    private final Reward reward;
    private final Duration limit;
    private final int workers;
    private final double failureScore;

    /**
     * What one answer got.
     *
     * @param components what the score is made of, as the reward tells it; none where it failed
     * @param failure why there is no score of the reward's own; null where there is
     */
    public record Outcome(double score, Map<String, Double> components, String failure) {

        public boolean failed() {
            return failure != null;
        }
    }

    /**
     * @param limit for one answer
     * @param workers answers asked about at a time
     * @param failureScore what an answer gets when the reward fails on it
     */
    public RewardRunner(Reward reward, Duration limit, int workers, double failureScore) {
        if (limit.isNegative() || limit.isZero() || workers < 1) {
            throw new IllegalArgumentException("limit " + limit + ", workers " + workers + ": both must be above 0");
        }
        this.reward = reward;
        this.limit = limit;
        this.workers = workers;
        this.failureScore = failureScore;
    }

    /**
     * An outcome for each input, in the same order; failures are logged.
     *
     * @param names what the log calls an input, by index
     */
    public List<Outcome> score(List<RewardInput> inputs, IntFunction<String> names) {
        Outcome[] outcomes = new Outcome[inputs.size()];
        AtomicInteger next = new AtomicInteger();
        Thread[] lanes = new Thread[Math.min(workers, inputs.size())];
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] = daemon(() -> work(inputs, outcomes, next));
            lanes[lane].start();
        }
        try {
            for (Thread lane : lanes) {
                lane.join();
            }
        } catch (InterruptedException e) {
            Arrays.stream(lanes).forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
            throw new RunFailed("interrupted while rewards were computed");
        }
        List<Outcome> all = List.of(outcomes);
        log(all, names);
        return all;
    }

    /** One lane: takes inputs until none is left; the calls run on a second thread, which a call that hangs is left alone with. */
    private void work(List<RewardInput> inputs, Outcome[] outcomes, AtomicInteger next) {
        ExecutorService caller = caller();
        try {
            for (int i = next.getAndIncrement(); i < inputs.size(); i = next.getAndIncrement()) {
                RewardInput input = inputs.get(i);
                Future<RewardResult> call = caller.submit(() -> reward.result(input));
                outcomes[i] = await(call);
                if (call.isCancelled()) {
                    caller.shutdownNow();
                    caller = caller();
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            caller.shutdownNow();
        }
    }

    private Outcome await(Future<RewardResult> call) throws InterruptedException {
        try {
            return checked(call.get(limit.toNanos(), TimeUnit.NANOSECONDS));
        } catch (ExecutionException e) {
            return failed("the reward threw " + e.getCause());
        } catch (TimeoutException e) {
            call.cancel(true);
            return failed("the reward took longer than its limit of " + limit.toMillis() + " ms");
        }
    }

    private Outcome checked(RewardResult result) {
        if (!Double.isFinite(result.score())) {
            return failed("the reward is " + result.score() + ", it must be finite");
        }
        for (Map.Entry<String, Double> component : result.components().entrySet()) {
            if (component.getValue() == null || !Double.isFinite(component.getValue())) {
                return failed("the reward's " + component.getKey() + " is " + component.getValue() + ", it must be finite");
            }
        }
        return new Outcome(result.score(), result.components(), null);
    }

    private Outcome failed(String why) {
        return new Outcome(failureScore, Map.of(), why);
    }

    private static void log(List<Outcome> outcomes, IntFunction<String> names) {
        int failures = 0;
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).failed() && failures++ < FAILURES_LOGGED) {
                LOG.warn("{}: {}; it counts as failed", names.apply(i), outcomes.get(i).failure());
            }
        }
        if (failures > FAILURES_LOGGED) {
            LOG.warn("the reward failed on {} of {} samples", failures, outcomes.size());
        }
    }

    private static ExecutorService caller() {
        return Executors.newSingleThreadExecutor(RewardRunner::daemon);
    }

    private static Thread daemon(Runnable body) {
        Thread thread = new Thread(body, "reward");
        thread.setDaemon(true);
        return thread;
    }
}
