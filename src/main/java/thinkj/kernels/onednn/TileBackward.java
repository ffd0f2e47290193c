package thinkj.kernels.onednn;

/**
 * What computes the gradient of attention of a block of queries, prepared; operands lie as {@link AttentionTile} says.
 *
 * @param products from the result's gradient and values to the probabilities' gradient dp
 * @param softmax from probabilities p and dp to the scores' gradient, {@code p·(dp − Σ p·dp)}
 * @param queries from that and keys to the queries' gradient without gaps
 * @param values from p and the result's gradient to the values' gradient
 * @param keys from the scores' gradient and queries to the keys' gradient
 */
record TileBackward(Primitive products, Primitive softmax, Primitive queries, Primitive values, Primitive keys) {

    /** @param add to the gradients of keys and values rather than overwriting them */
    static TileBackward of(AttentionTile tile, boolean add, Primitives make) {
        PostOps scaled = PostOps.NONE.scale(tile.scale());
        Layout flat = tile.flat(tile.type());
        Layout keys = tile.keys(tile.keys());
        return new TileBackward(
                make.matMul(tile.stacked(), keys.transposed(), null, flat, PostOps.NONE),
                make.softmaxGrad(flat, flat),
                make.matMul(flat, keys, null, tile.stacked(), scaled),
                make.matMul(flat.transposed(), tile.stacked(), null, tile.sums(), add ? PostOps.NONE.sum() : PostOps.NONE),
                make.matMul(flat.transposed(), tile.stacked(), null, tile.sums(), add ? scaled.sum() : scaled));
    }
}
