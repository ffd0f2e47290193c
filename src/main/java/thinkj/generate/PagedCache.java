package thinkj.generate;

/** Gives sequences their blocks of the KV cache: shared ones where the cache holds their tokens already, own ones to write to. */
final class PagedCache {
    private final BlockPool pool;
    private final Decoder decoder;
    private final int blockTokens;

    PagedCache(BlockPool pool, Decoder decoder) {
        this.pool = pool;
        this.decoder = decoder;
        blockTokens = pool.blockTokens();
    }

    /**
     * Shares whatever findable blocks go on where the sequence is; its last token is left over, to be computed in any case.
     *
     * @return tokens shared that were never in the cache for this sequence
     */
    int match(Sequence sequence) {
        int fresh = 0;
        while (mayMatch(sequence)) {
            int block = pool.find(sequence.chain(), sequence.ids(), sequence.fed());
            if (block == BlockPool.NONE) {
                break;
            }
            pool.share(block);
            sequence.addBlock(block);
            fresh += sequence.advance(blockTokens);
            sequence.chain(pool.number(block));
        }
        return fresh;
    }

    private boolean mayMatch(Sequence sequence) {
        return sequence.chained() * blockTokens == sequence.fed() && sequence.fed() + blockTokens < sequence.size();
    }

    /** What the next block of a sequence would be found by; null where it would not be looked for. */
    Object nextKey(Sequence sequence) {
        return mayMatch(sequence) ? pool.key(sequence.chain(), sequence.ids(), sequence.fed()) : null;
    }

    /** What the first block that the next tokens complete will be found by; null where they complete none. */
    Object completedKey(Sequence sequence, int count) {
        int from = sequence.chained() * blockTokens;
        return from + blockTokens <= sequence.fed() + count ? pool.key(sequence.chain(), sequence.ids(), from) : null;
    }

    /**
     * Makes room for the next tokens: a last block that others use too becomes one of its own, and missing ones are taken.
     *
     * @return false if blocks ran short; what was taken until then stays
     */
    boolean extend(Sequence sequence, int count) {
        if (sequence.fed() % blockTokens != 0 && pool.users(lastBlock(sequence)) > 1) {
            int own = pool.take();
            if (own == BlockPool.NONE) {
                return false;
            }
            decoder.copyBlock(lastBlock(sequence), own);
            pool.release(lastBlock(sequence));
            sequence.replaceLastBlock(own);
        }
        int needed = pool.blocksFor(sequence.fed() + count);
        while (sequence.blockCount() < needed) {
            int block = pool.take();
            if (block == BlockPool.NONE) {
                return false;
            }
            sequence.addBlock(block);
        }
        return true;
    }

    private static int lastBlock(Sequence sequence) {
        return sequence.block(sequence.blockCount() - 1);
    }

    /** Makes the blocks that are full now findable. */
    void publish(Sequence sequence) {
        while ((sequence.chained() + 1) * blockTokens <= sequence.fed()) {
            int i = sequence.chained();
            sequence.chain(pool.publish(sequence.block(i), sequence.chain(), sequence.ids(), i * blockTokens));
        }
    }

    /**
     * Begins a sequence where the prompt of its group has been read.
     *
     * @return as {@link #match}
     */
    int begin(Sequence sequence) {
        PromptGroup.Kept kept = sequence.group().kept();
        for (int block : kept.blocks()) {
            pool.share(block);
        }
        return sequence.begin(kept);
    }

    /** Takes a sequence's blocks from it, the last one first: what stands at the beginning is worth keeping the longest. */
    void release(Sequence sequence) {
        for (int i = sequence.blockCount() - 1; i >= 0; i--) {
            pool.release(sequence.block(i));
        }
        sequence.forget();
    }

    /** Blocks that a sequence will soon have to take: for its tokens as they are, and one more. */
    int wanted(Sequence sequence) {
        return sequence.waitsForItsPrompt() ? 1 : pool.blocksFor(sequence.size()) + 1 - sequence.blockCount() - inUse(sequence);
    }

    /** Blocks that the sequence would share with others that use them. */
    private int inUse(Sequence sequence) {
        int count = 0;
        long chain = sequence.chain();
        int from = sequence.chained() * blockTokens;
        while (from + blockTokens < sequence.size()) {
            int block = pool.find(chain, sequence.ids(), from);
            if (block == BlockPool.NONE) {
                break;
            }
            count += pool.users(block) > 0 ? 1 : 0;
            chain = pool.number(block);
            from += blockTokens;
        }
        return count;
    }
}
