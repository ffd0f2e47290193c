package thinkj.bench;

import java.util.ArrayList;
import java.util.List;
import thinkj.generate.Completed;
import thinkj.generate.Generation;
import thinkj.generate.GenerationListener;
import thinkj.generate.GenerationRequest;
import thinkj.generate.GenerationStats;
import thinkj.io.UserError;

/** Takes the times of a generation's tokens and steps. */
final class GenerationClock implements GenerationListener {
    private Generation generation;
    private int most;
    private int[] counts = {};
    private int offset;
    private long first;
    private long tokens;
    private final List<Step> steps = new ArrayList<>();
    private long stepped;
    private GenerationStats before;
    private int mostBlocks;
    private String error;

    /**
     * A request that had the machine alone.
     *
     * @param firstSeconds until its first token
     * @param decodeSeconds a token from then on, median
     */
    record Alone(double firstSeconds, double decodeSeconds) {}

    /**
     * All requests.
     *
     * @param seconds until the last was done
     * @param tokens that were generated
     * @param decodeSeconds in steps in which as many rows as ever got a token each, and nothing was read
     * @param decodeTokens that came in these steps
     * @param mostBlocks most of the cache's blocks in use
     */
    record Load(double seconds, long tokens, double decodeSeconds, long decodeTokens, int mostBlocks) {}

    private record Step(long nanos, long generated, boolean reads) {}

    /** Runs until every row has had a few tokens; returns the seconds until the first one came. */
    double warmUp(Generation of, List<GenerationRequest> requests, int few) {
        long started = run(of, requests, few);
        return (first - started) / 1e9;
    }

    Alone alone(Generation of, GenerationRequest request, int mostTokens) {
        long started = run(of, List.of(request), mostTokens);
        List<Double> decoded = steps.stream().filter(step -> !step.reads && step.generated > 0).map(step -> step.nanos / 1e9 / step.generated).toList();
        return new Alone((first - started) / 1e9, Timings.median(decoded));
    }

    Load load(Generation of, List<GenerationRequest> requests) {
        long started = run(of, requests, Integer.MAX_VALUE);
        double seconds = (System.nanoTime() - started) / 1e9;
        long rows = steps.stream().filter(step -> !step.reads).mapToLong(Step::generated).max().orElse(0);
        long nanos = 0;
        long decoded = 0;
        for (Step step : steps) {
            if (!step.reads && step.generated == rows) {
                nanos += step.nanos;
                decoded += step.generated;
            }
        }
        return new Load(seconds, tokens, nanos / 1e9, decoded, mostBlocks);
    }

    /** Adds requests, and runs them to their ends or until each has that many tokens; returns when that began. */
    private long run(Generation of, List<GenerationRequest> requests, int mostTokens) {
        generation = of;
        most = mostTokens;
        counts = new int[requests.size()];
        first = 0;
        tokens = 0;
        mostBlocks = 0;
        steps.clear();
        before = of.stats();
        long started = System.nanoTime();
        stepped = started;
        for (int i = 0; i < requests.size(); i++) {
            int position = of.add(requests.get(i));
            offset = i == 0 ? position : offset;
        }
        if (error != null) {
            throw new UserError(error);
        }
        of.run();
        return started;
    }

    @Override
    public void token(int requestPosition, int id) {
        first = first == 0 ? System.nanoTime() : first;
        tokens++;
        if (++counts[requestPosition - offset] == most) {
            generation.cancel(requestPosition);
        }
    }

    @Override
    public void completed(Completed completed) {
        error = completed.result().failed() ? completed.result().error() : error;
    }

    @Override
    public void stepped(GenerationStats stats) {
        long now = System.nanoTime();
        boolean reads = stats.prefilled() + stats.recomputed() > before.prefilled() + before.recomputed();
        steps.add(new Step(now - stepped, stats.generated() - before.generated(), reads));
        mostBlocks = Math.max(mostBlocks, stats.blocksUsed());
        stepped = now;
        before = stats;
    }
}
