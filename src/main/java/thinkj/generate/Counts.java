package thinkj.generate;

/** What a scheduler has done so far; read by other threads while it goes on. */
final class Counts {
    private final long began = System.nanoTime();
    private long generated;
    private long prefilled;
    private long shared;
    private long recomputed;
    private long preemptions;
    private int rows;
    private int waiting;
    private int blocksUsed;
    private int blocks;

    synchronized void generated(int tokens) {
        generated += tokens;
    }

    /** @param fresh how many of the tokens were never computed before */
    synchronized void computed(int prompt, int fresh, int tokens) {
        prefilled += prompt;
        recomputed += tokens - fresh;
    }

    synchronized void shared(int prompt) {
        shared += prompt;
    }

    synchronized void preempted() {
        preemptions++;
    }

    synchronized void now(int rowsUnderWay, int requestsWaiting, BlockPool pool) {
        rows = rowsUnderWay;
        waiting = requestsWaiting;
        blocksUsed = pool.inUse();
        blocks = pool.size();
    }

    synchronized GenerationStats stats() {
        double seconds = (System.nanoTime() - began) / 1e9;
        return new GenerationStats(seconds, generated, prefilled, shared, recomputed, preemptions, rows, waiting, blocksUsed, blocks);
    }
}
