package thinkj.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
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

    /** Measured between steps; null for not at all. */
    private ReadBandwidth between;

    private double bandwidth;

    /**
     * A request that had the machine alone.
     *
     * @param firstSeconds until its first token
     * @param decodeSeconds a token from then on, median
     * @param readable bytes that memory gave to bare reading, right before and behind it, in as long as a token took, median
     */
    record Alone(double firstSeconds, double decodeSeconds, double readable) {}

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

    /**
     * @param begins whether prompts were read, or rows begun behind prompts that others had read, which get two tokens
     * @param bandwidth bytes a second before and behind it, on average; 0 where it is not measured
     */
    private record Step(long nanos, long generated, boolean begins, double bandwidth) {

        boolean decodes() {
            return !begins && generated > 0;
        }

        double perToken() {
            return nanos / 1e9 / generated;
        }
    }

    /** Runs until every row has had a few tokens; returns the seconds until the first one came. */
    double warmUp(Generation of, List<GenerationRequest> requests, int few) {
        long started = run(of, requests, few);
        return (first - started) / 1e9;
    }

    /** @param memory read bandwidth is measured between steps, which does not count as their time */
    Alone alone(Generation of, GenerationRequest request, int mostTokens, ReadBandwidth memory) {
        between = memory;
        bandwidth = memory.measure();
        long started = run(of, List.of(request), mostTokens);
        between = null;
        return new Alone(
                (first - started) / 1e9, median(Step::perToken), median(step -> step.perToken() * step.bandwidth));
    }

    /** Runs until each of some requests has that many tokens; returns what a token took once all were under way, median. */
    double together(Generation of, List<GenerationRequest> requests, int mostTokens) {
        run(of, requests, mostTokens);
        long rows = mostRows();
        steps.removeIf(step -> step.generated < rows);
        return median(Step::perToken);
    }

    private double median(ToDoubleFunction<Step> of) {
        return Timings.median(steps.stream().filter(Step::decodes).map(of::applyAsDouble).toList());
    }

    Load load(Generation of, List<GenerationRequest> requests) {
        long started = run(of, requests, Integer.MAX_VALUE);
        double seconds = (System.nanoTime() - started) / 1e9;
        long rows = mostRows();
        long nanos = 0;
        long decoded = 0;
        for (Step step : steps) {
            if (!step.begins && step.generated == rows) {
                nanos += step.nanos;
                decoded += step.generated;
            }
        }
        return new Load(seconds, tokens, nanos / 1e9, decoded, mostBlocks);
    }

    /** As many as ever got a token each. */
    private long mostRows() {
        return steps.stream().filter(Step::decodes).mapToLong(Step::generated).max().orElse(0);
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
        boolean begins = stats.prefilled() + stats.shared() + stats.recomputed() > before.prefilled() + before.shared() + before.recomputed();
        steps.add(new Step(now - stepped, stats.generated() - before.generated(), begins, between == null ? 0 : around()));
        mostBlocks = Math.max(mostBlocks, stats.blocksUsed());
        stepped = System.nanoTime();
        before = stats;
    }

    /** The mean of bandwidth now and when it was last measured. */
    private double around() {
        double last = bandwidth;
        bandwidth = between.measure();
        return (last + bandwidth) / 2;
    }
}
