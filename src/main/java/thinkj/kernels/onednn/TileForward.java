package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * What computes attention of a block of queries, prepared; operands lie as {@link AttentionTile} says.
 *
 * @param gather from queries to queries without gaps
 * @param earlier from these and keys to scores of the keys before the block; null where there are none
 * @param own from these, the block's own keys and a mask to the scores of those keys
 * @param softmax from scores to probabilities
 * @param values from these and values to the result without gaps
 * @param spread from a result without gaps to one that lies as the queries
 */
record TileForward(Primitive gather, Primitive earlier, Primitive own, Primitive softmax, Primitive values, Primitive spread) {

    static TileForward of(AttentionTile tile, Primitives make) {
        PostOps scaled = PostOps.NONE.scale(tile.scale());
        Layout flat = tile.flat(tile.type());
        return new TileForward(
                make.reorder(tile.queries(), tile.gathered(), PostOps.NONE),
                tile.first() == 0
                        ? null
                        : make.matMul(tile.stacked(), tile.keys(tile.first()).transposed(), null, tile.earlierScores(), scaled),
                make.matMul(tile.gathered(), tile.ownKeys().transposed(), null, tile.ownScores(), scaled.add(tile.mask())),
                make.softmax(tile.flat(DataType.FLOAT), flat),
                make.matMul(flat, tile.keys(tile.keys()), null, tile.stacked(), PostOps.NONE),
                make.reorder(tile.gathered(), tile.queries(), PostOps.NONE));
    }
}
