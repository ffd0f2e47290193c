package thinkj.checkpoint;

/**
 * The architecture of a Qwen2 or Qwen2.5 model: what {@code config.json} says, in its own words.
 *
 * @param hiddenSize D, width of the residual stream
 * @param numHiddenLayers number of layers
 * @param numAttentionHeads H, query heads
 * @param numKeyValueHeads K, key and value heads; divides H
 * @param intermediateSize F, width of the feed-forward part
 * @param vocabSize V, rows of the embedding
 * @param maxPositionEmbeddings longest context in tokens
 * @param ropeTheta base of the rotary embedding
 * @param rmsNormEps epsilon of every RMS norm
 * @param tieWordEmbeddings whether {@code lm_head} is {@code model.embed_tokens}
 */
public record Qwen2Config(
        int hiddenSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int intermediateSize,
        int vocabSize,
        int maxPositionEmbeddings,
        double ropeTheta,
        double rmsNormEps,
        boolean tieWordEmbeddings) {

    /** d, width of one head. */
    public int headDim() {
        return hiddenSize / numAttentionHeads;
    }
}
