package thinkj.train;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Cuts a step's examples into portions that memory can hold. Where the objective is normalised by the whole step, the cut changes
 * memory and time but not the result.
 */
public final class MicroBatches {
    private MicroBatches() {}

    /**
     * Cuts a window. Where only examples are counted, portions follow its order. Where tokens are limited too, the longest examples are
     * placed first, each where it leaves the least room (best-fit decreasing), so that few portions are little more than half full; members
     * of a portion, and portions by their first members, still stand in the window's order. An example that alone has more than
     * {@code maxTokens} makes a portion of its own.
     *
     * @param window indices of the step's examples
     * @param lengths tokens of every example of the set
     * @param maxExamples most examples in a portion
     * @param maxTokens most tokens in a portion; empty for no limit
     */
    public static List<int[]> cut(int[] window, int[] lengths, int maxExamples, Optional<Integer> maxTokens) {
        return maxTokens.map(limit -> fitted(window, lengths, maxExamples, limit)).orElseGet(() -> inOrder(window, maxExamples));
    }

    private static List<int[]> inOrder(int[] window, int maxExamples) {
        List<int[]> portions = new ArrayList<>();
        for (int from = 0; from < window.length; from += maxExamples) {
            portions.add(Arrays.copyOfRange(window, from, Math.min(from + maxExamples, window.length)));
        }
        return portions;
    }

    private static List<int[]> fitted(int[] window, int[] lengths, int maxExamples, int maxTokens) {
        List<List<Integer>> portions = new ArrayList<>();
        // room left → portions that still take an example
        TreeMap<Integer, Deque<List<Integer>>> open = new TreeMap<>();
        IntStream.range(0, window.length)
                .boxed()
                .sorted(Comparator.comparingInt(position -> -lengths[window[position]]))
                .forEach(position -> {
                    int length = lengths[window[position]];
                    Integer room = open.ceilingKey(length);
                    List<Integer> portion = room == null ? new ArrayList<>() : take(open, room);
                    if (room == null) {
                        portions.add(portion);
                    }
                    portion.add(position);
                    if (portion.size() < maxExamples) {
                        open.computeIfAbsent((room == null ? maxTokens : room) - length, left -> new ArrayDeque<>()).add(portion);
                    }
                });
        return portions.stream()
                .map(portion -> portion.stream().sorted().toList())
                .sorted(Comparator.comparing(portion -> portion.get(0)))
                .map(portion -> portion.stream().mapToInt(position -> window[position]).toArray())
                .toList();
    }

    private static List<Integer> take(TreeMap<Integer, Deque<List<Integer>>> open, int room) {
        Deque<List<Integer>> portions = open.get(room);
        List<Integer> portion = portions.remove();
        if (portions.isEmpty()) {
            open.remove(room);
        }
        return portion;
    }

    /**
     * What was computed portion by portion, in the order of the examples.
     *
     * @param portions of the indices from 0
     * @param values one for each member of each portion
     */
    static <T> List<T> together(List<int[]> portions, List<List<T>> values) {
        List<T> all = new ArrayList<>(Collections.nCopies(portions.stream().mapToInt(portion -> portion.length).sum(), null));
        for (int p = 0; p < portions.size(); p++) {
            for (int i = 0; i < portions.get(p).length; i++) {
                all.set(portions.get(p)[i], values.get(p).get(i));
            }
        }
        return all;
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
