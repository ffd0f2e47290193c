/**
 * Text from a model: how the next token is chosen and the loop that decodes many sequences at once.
 *
 * <p>Start with {@link thinkj.generate.Generator}: it takes requests ({@link thinkj.generate.GenerationRequest}) and says how each
 * went on ({@link thinkj.generate.GenerationResult}). {@link thinkj.generate.SamplingOptions} says how tokens are chosen;
 * {@link thinkj.generate.LogitsProcessors} are the steps from raw logits to the distribution that is drawn from, in the order and
 * with the meaning of HuggingFace transformers 4.45; {@link thinkj.generate.RandomStream} gives each token its random number, by
 * seed, sample and step alone. {@link thinkj.generate.Waves} fits the cache into memory. {@link thinkj.generate.Scorer} gives the
 * log-probabilities of texts that are already there.
 *
 * <p>V is the vocabulary. Logits are raw: what the model says before anything is done to them. A reported log-probability is always
 * the log-softmax of raw logits, whatever the sampling options are; at another temperature the logits must be divided first.
 */
package thinkj.generate;
