package thinkj.generate;

/**
 * A queue, and the decoder and cache of those under way: what one thread runs. The cache is made when there is something to do, as large
 * as that can use, and made anew, at least twice as large, when something comes that does not fit.
 */
final class Lane implements AutoCloseable {

    /** What lanes are made with. */
    record Parts(Decoder.Factory decoders, CacheSpace space, Scheduler.Pace pace) {}

    private final Parts parts;
    private final Choosing choosing;
    private final Scheduler.Hearer hearer;
    private final Queue queue = new Queue();
    private final Counts counts = new Counts();
    private Decoder decoder;
    private Scheduler scheduler;
    private int blocks;
    private long load;
    private int added;
    private int longest;

    Lane(Parts parts, Choosing choosing, Scheduler.Hearer hearer) {
        this.parts = parts;
        this.choosing = choosing;
        this.hearer = hearer;
    }

    /** Any thread may add. */
    synchronized void add(Sequence sequence) {
        load += sequence.mostFed();
        added++;
        longest = Math.max(longest, sequence.mostFed());
        queue.add(sequence);
    }

    void cancel(int position) {
        queue.cancel(position);
    }

    /** Most tokens of all that was ever added. */
    synchronized long load() {
        return load;
    }

    /** Whether something is left to do. */
    boolean waits() {
        return queue.any();
    }

    /** Goes on until nothing is left to do. */
    void run() {
        while (queue.any()) {
            int useful = useful();
            if (useful > blocks) {
                open(Math.min(Math.max(useful, 2 * blocks), parts.space().blocks()));
            }
            scheduler.run();
        }
    }

    /** Blocks for as many as can be under way, each with a block more for what parts from others. */
    private synchronized int useful() {
        long rows = Math.min(parts.pace().rows(), added);
        return (int) Math.min(rows * (parts.space().blocksFor(longest) + 1), parts.space().blocks());
    }

    private void open(int size) {
        close();
        decoder = parts.decoders().open(size);
        blocks = size;
        BlockPool pool = new BlockPool(size, parts.space().blockTokens());
        scheduler = new Scheduler(decoder, pool, queue, parts.pace(), choosing, counts, hearer);
    }

    GenerationStats stats() {
        return counts.stats();
    }

    @Override
    public void close() {
        if (decoder != null) {
            scheduler.forget();
            decoder.close();
            decoder = null;
        }
    }
}
