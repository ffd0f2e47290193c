package thinkj.checkpoint;

/** What is to be written as a tensor, read piece by piece from front to back, once. */
interface TensorSource {

    /**
     * The next numbers in row-major order.
     *
     * @param first position of the first of them
     * @param into filled with {@code count} numbers
     */
    void read(long first, float[] into, int count);
}
