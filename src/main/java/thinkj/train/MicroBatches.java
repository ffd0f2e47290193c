package thinkj.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Cuts a step's examples into portions that memory can hold. Where the objective is normalised by the whole step, the cut changes
 * memory and time but not the result.
 */
public final class MicroBatches {
    private MicroBatches() {}

    /**
     * Cuts greedily and keeps the order. An example that alone has more than {@code maxTokens} makes a portion of its own.
     *
     * @param window indices of the step's examples
     * @param lengths tokens of every example of the set
     * @param maxExamples most examples in a portion
     * @param maxTokens most tokens in a portion; empty for no limit
     */
    public static List<int[]> cut(int[] window, int[] lengths, int maxExamples, Optional<Integer> maxTokens) {
        int limit = maxTokens.orElse(Integer.MAX_VALUE);
        List<int[]> portions = new ArrayList<>();
        int from = 0;
        long tokens = 0;
        for (int i = 0; i < window.length; i++) {
            tokens += lengths[window[i]];
            if (i > from && (i - from == maxExamples || tokens > limit)) {
                portions.add(Arrays.copyOfRange(window, from, i));
                from = i;
                tokens = lengths[window[i]];
            }
        }
        if (from < window.length) {
            portions.add(Arrays.copyOfRange(window, from, window.length));
        }
        return portions;
    }

    /** Most portions that so many examples can be cut into. */
    static int most(int examples, int maxExamples, Optional<Integer> maxTokens) {
        return maxTokens.isPresent() ? examples : (examples + maxExamples - 1) / maxExamples;
    }

    /** Most tokens of a portion of such examples. */
    static long mostTokens(int maxExamples, int longest, Optional<Integer> maxTokens) {
        long most = (long) maxExamples * longest;
        return maxTokens.map(limit -> Math.min(most, Math.max(limit, longest))).orElse(most);
    }
}
