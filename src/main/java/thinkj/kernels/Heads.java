package thinkj.kernels;

/**
 * Heads of grouped-query attention: query head h reads key and value head {@code h / (query / keyValue)}.
 *
 * @param query H
 * @param keyValue K, divides H
 * @param size d
 */
public record Heads(int query, int keyValue, int size) {

    public Heads {
        if (query < 1 || keyValue < 1 || size < 1 || query % keyValue != 0) {
            throw new IllegalArgumentException("heads: " + keyValue + " key and value heads must divide " + query + " query heads");
        }
    }

    /** Query heads that share a key and value head. */
    public int group() {
        return query / keyValue;
    }
}
