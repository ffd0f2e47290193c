package thinkj.generate;

import java.util.Locale;

/**
 * How a generation goes. Each prompt token is either prefilled or shared, once; what is computed again after a sequence had to give its
 * blocks away is counted apart.
 *
 * @param seconds since it began
 * @param generated tokens chosen
 * @param prefilled prompt tokens computed
 * @param shared prompt tokens whose keys and values were there already
 * @param recomputed tokens computed once more
 * @param preemptions how often a sequence had to give its blocks away
 * @param rows sequences under way
 * @param waiting requests not under way
 * @param blocksUsed blocks of the cache in use
 * @param blocks blocks of the cache
 */
public record GenerationStats(
        double seconds,
        long generated,
        long prefilled,
        long shared,
        long recomputed,
        long preemptions,
        int rows,
        int waiting,
        int blocksUsed,
        int blocks) {

    static final GenerationStats NONE = new GenerationStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Both together, since the earlier of their beginnings. */
    GenerationStats and(GenerationStats other) {
        return new GenerationStats(
                Math.max(seconds, other.seconds),
                generated + other.generated,
                prefilled + other.prefilled,
                shared + other.shared,
                recomputed + other.recomputed,
                preemptions + other.preemptions,
                rows + other.rows,
                waiting + other.waiting,
                blocksUsed + other.blocksUsed,
                blocks + other.blocks);
    }

    /** What came to the counts since an earlier moment. */
    public GenerationStats since(GenerationStats earlier) {
        return new GenerationStats(
                seconds - earlier.seconds,
                generated - earlier.generated,
                prefilled - earlier.prefilled,
                shared - earlier.shared,
                recomputed - earlier.recomputed,
                preemptions - earlier.preemptions,
                rows,
                waiting,
                blocksUsed,
                blocks);
    }

    public double tokensPerSecond() {
        return seconds > 0 ? generated / seconds : 0;
    }

    /** The part of all prompt tokens that did not have to be computed. */
    public double sharedPart() {
        return shared == 0 ? 0 : (double) shared / (shared + prefilled);
    }

    /** While it goes on: speed, rows, use of the cache. */
    public String now() {
        return String.format(Locale.ROOT, "%.1f tokens/s, %d rows, cache %.0f %%", tokensPerSecond(), rows, blocks == 0 ? 0 : 100.0 * blocksUsed / blocks);
    }

    /** When it is done. */
    public String summary() {
        String again = recomputed == 0 ? "" : String.format(Locale.ROOT, "; %d times a row gave its cache away, %d tokens computed again", preemptions, recomputed);
        return String.format(Locale.ROOT, "%d tokens in %.1f s, %.1f tokens/s; of %d prompt tokens %.1f %% shared%s",
                generated, seconds, tokensPerSecond(), shared + prefilled, 100 * sharedPart(), again);
    }
}
