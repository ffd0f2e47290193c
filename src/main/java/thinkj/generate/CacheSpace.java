package thinkj.generate;

import thinkj.io.Sizes;

/**
 * Memory for the KV cache, in blocks.
 *
 * @param blockTokens tokens of a block
 * @param blockBytes keys and values of a block in all layers
 * @param bytes most that the cache may take
 */
record CacheSpace(int blockTokens, long blockBytes, long bytes) {

    /** What each of so many caches side by side can have. */
    CacheSpace shared(int caches) {
        return new CacheSpace(blockTokens, blockBytes, bytes / caches);
    }

    /** Blocks that there is memory for. */
    int blocks() {
        return (int) Math.min(Integer.MAX_VALUE / blockTokens, bytes / blockBytes);
    }

    /** Blocks of a sequence of so many tokens. */
    int blocksFor(int tokens) {
        return (tokens + blockTokens - 1) / blockTokens;
    }

    /** Why a sequence could never be finished; null where it can. */
    String problem(int promptTokens, int mostFed) {
        if (blocksFor(mostFed) <= blocks()) {
            return null;
        }
        return String.format(
                "the KV cache of one sequence of up to %d tokens (%d of the prompt, the rest new) takes %s, %s are free for it: "
                        + "ask for fewer new tokens, shorten the prompt or allow more memory (--cache-memory, rollout.cache_memory_mb in a "
                        + "config, THINKJ_OFFHEAP)",
                mostFed, promptTokens, Sizes.decimal(blocksFor(mostFed) * blockBytes), Sizes.decimal(bytes));
    }
}
