package thinkj.generate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import thinkj.io.UserError;

/**
 * Fits the KV cache into memory. All slots of a cache have room for the longest sequence in it; where that leaves fewer rows than
 * wanted, long sequences are decoded apart from short ones, in waves.
 *
 * @param maxRows most sequences at once
 * @param bytesPerToken keys and values of one token in all layers
 * @param cacheBytes memory for the cache
 */
record Waves(int maxRows, long bytesPerToken, long cacheBytes) {

    /**
     * One cache and who uses it.
     *
     * @param slots sequences at once
     * @param capacity tokens a slot has room for
     * @param members positions of the requests, ascending: they enter as slots become free
     */
    record Wave(int slots, int capacity, int[] members) {}

    /** What each of so many decoders side by side can have. */
    Waves shared(int decoders) {
        return new Waves((maxRows + decoders - 1) / decoders, bytesPerToken, cacheBytes / decoders);
    }

    /** @param lengths most tokens that each request's cache must hold */
    List<Wave> plan(int[] lengths) {
        List<Integer> left = new ArrayList<>(IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt(i -> -lengths[i]))
                .toList());
        List<Wave> waves = new ArrayList<>();
        while (!left.isEmpty()) {
            int capacity = lengths[left.get(0)];
            int fitting = (int) Math.min(Integer.MAX_VALUE, cacheBytes / (capacity * bytesPerToken));
            if (fitting == 0) {
                throw tooLong(capacity);
            }
            int members = left.size();
            if (fitting < Math.min(maxRows, members)) {
                members = (int) left.stream().filter(i -> 2L * lengths[i] > capacity).count();
            }
            List<Integer> taken = left.subList(0, members);
            waves.add(new Wave(
                    Math.min(members, Math.min(maxRows, fitting)),
                    capacity,
                    taken.stream().mapToInt(Integer::intValue).sorted().toArray()));
            taken.clear();
        }
        return waves;
    }

    private UserError tooLong(int capacity) {
        return new UserError(String.format(
                "the KV cache of one sequence of %d tokens (prompt and new ones) takes %.1f MB, %.1f MB are free for it: "
                        + "lower max_new_tokens, shorten the prompt or allow more memory (THINKJ_OFFHEAP)",
                capacity, capacity * bytesPerToken / 1e6, cacheBytes / 1e6));
    }
}
