/**
 * Text from a model: how the next token is chosen and the scheduler that decodes many sequences over one KV cache.
 *
 * <p>Start with {@link thinkj.generate.Generator}: it takes requests ({@link thinkj.generate.GenerationRequest}) and says how each
 * went on ({@link thinkj.generate.GenerationResult}). {@link thinkj.generate.SamplingOptions} says how tokens are chosen;
 * {@link thinkj.generate.Sampler} goes from raw logits to the distribution that is drawn from, in the order and with the meaning of
 * HuggingFace transformers 4.45, without sorting the vocabulary; {@link thinkj.generate.RandomStream} gives each token its random number, by
 * seed, sample and step alone. {@link thinkj.generate.Scorer} gives the log-probabilities of texts that are already there.
 *
 * <p>How it goes: a {@link thinkj.generate.Generation} takes requests, also while it runs, and shares them out to lanes, one for all but
 * very narrow models. A {@link thinkj.generate.Lane} has a queue, a {@link thinkj.generate.Decoder}, and a
 * {@link thinkj.generate.Scheduler}, which says in each step who is fed what. {@link thinkj.generate.BlockPool} counts who uses which
 * block of the KV cache and finds blocks by what they hold, {@link thinkj.generate.PagedCache} gives them to sequences, and
 * {@link thinkj.generate.Prompts} lets all samples of a prompt begin behind it once it is read. The decoder knows blocks alone, not who
 * they belong to; schedules are tested without a model.
 *
 * <p>V is the vocabulary. Logits are raw: what the model says before anything is done to them. A reported log-probability is always
 * the log-softmax of raw logits, whatever the sampling options are; at another temperature the logits must be divided first.
 */
package thinkj.generate;
