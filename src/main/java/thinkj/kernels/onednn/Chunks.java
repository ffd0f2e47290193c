package thinkj.kernels.onednn;

/**
 * How the keys of a sequence are cut into neighbouring ones that are taken together, from the first on.
 *
 * @param size of each but the last
 */
record Chunks(int size) {

    /** How many chunks so many keys are. */
    int count(int keys) {
        return (keys + size - 1) / size;
    }

    /** The first key of a chunk. */
    int first(int chunk) {
        return chunk * size;
    }

    /** Keys of one of the chunks. */
    int width(int keys, int chunk) {
        return Math.min(size, keys - first(chunk));
    }
}
