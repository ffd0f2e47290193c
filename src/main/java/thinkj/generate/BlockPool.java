package thinkj.generate;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * Who uses which block of the KV cache, and what those hold that can be found by their content. A block is free, in use by one or more,
 * or unused but still findable: such a one keeps what it holds until no free block is left, and goes then, the one unused the longest
 * first.
 *
 * <p>A full block is known by its tokens and by all blocks before it, which stand behind one number: two blocks have the same number
 * before them only if everything before them is the same.
 */
final class BlockPool {
    /** No block taken. */
    static final int NONE = -1;

    /** What stands before the first block of a sequence. */
    static final long START = 0;

    private final int blockTokens;
    private final int[] users;
    private final Content[] contents;
    private final long[] numbers;
    private final int[] free;
    private int freeCount;
    private final LinkedHashSet<Integer> unused = new LinkedHashSet<>();
    private final Map<Content, Integer> findable = new HashMap<>();
    private long lastNumber = START;

    /** Tokens of a block and what is before it. */
    private record Content(long before, int[] ids, int hash) {

        @Override
        public boolean equals(Object other) {
            return other instanceof Content content && before == content.before && Arrays.equals(ids, content.ids);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    BlockPool(int blocks, int blockTokens) {
        this.blockTokens = blockTokens;
        users = new int[blocks];
        contents = new Content[blocks];
        numbers = new long[blocks];
        free = new int[blocks];
        for (int i = 0; i < blocks; i++) {
            free[i] = blocks - 1 - i;
        }
        freeCount = blocks;
    }

    int blockTokens() {
        return blockTokens;
    }

    int size() {
        return users.length;
    }

    /** Blocks that so many tokens take. */
    int blocksFor(int tokens) {
        return (tokens + blockTokens - 1) / blockTokens;
    }

    /** Blocks that can be taken: free ones and unused ones. */
    int available() {
        return freeCount + unused.size();
    }

    /** Blocks that somebody uses. */
    int inUse() {
        return size() - available();
    }

    int users(int block) {
        return users[block];
    }

    /** A block for one user; {@link #NONE} where all are in use. */
    int take() {
        int block;
        if (freeCount > 0) {
            block = free[--freeCount];
        } else if (!unused.isEmpty()) {
            block = unused.iterator().next();
            unused.remove(block);
            forget(block);
        } else {
            return NONE;
        }
        users[block] = 1;
        return block;
    }

    private void forget(int block) {
        findable.remove(contents[block]);
        contents[block] = null;
    }

    /** Adds a user to a block that is in use or findable. */
    void share(int block) {
        if (users[block]++ == 0) {
            unused.remove(block);
        }
    }

    /** Takes a user off a block. */
    void release(int block) {
        if (users[block] == 0) {
            throw new IllegalStateException("block " + block + " has no user who could let it go");
        }
        if (--users[block] == 0) {
            if (contents[block] == null) {
                free[freeCount++] = block;
            } else {
                unused.add(block);
            }
        }
    }

    /** The block that holds these tokens behind what is before them, or {@link #NONE}. */
    int find(long before, int[] ids, int from) {
        return findable.getOrDefault(content(before, ids, from), NONE);
    }

    /** What stands before the next block when this findable one is the last. */
    long number(int block) {
        return numbers[block];
    }

    /**
     * Makes a full block findable.
     *
     * @return what stands before the next block
     */
    long publish(int block, long before, int[] ids, int from) {
        Content content = content(before, ids, from);
        Integer same = findable.putIfAbsent(content, block);
        if (same != null) {
            return numbers[same];
        }
        contents[block] = content;
        numbers[block] = ++lastNumber;
        return lastNumber;
    }

    /** A key for the tokens of a block that is not full yet. */
    Object key(long before, int[] ids, int from) {
        return content(before, ids, from);
    }

    private Content content(long before, int[] ids, int from) {
        int[] tokens = Arrays.copyOfRange(ids, from, from + blockTokens);
        return new Content(before, tokens, 31 * Long.hashCode(before * 0x9E3779B97F4A7C15L) + Arrays.hashCode(tokens));
    }
}
