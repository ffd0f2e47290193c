package thinkj.generate;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import thinkj.checkpoint.Qwen2Config;
import thinkj.io.UserError;
import thinkj.kernels.Precision;
import thinkj.model.PagedModel;
import thinkj.model.Qwen2Model;
import thinkj.runtime.Lanes;
import thinkj.tokenizer.Tokenizer;

/**
 * Continues many prompts at once, of any lengths, over a paged KV cache ({@link Scheduler}). A sample depends on its prompt, the seed
 * and its own index alone: in fp32 its tokens are the same whatever else is under way, however its prompt is cut into pieces, whether
 * the cache held parts of it, and whether it had to be computed again. In bf16 products of few rows and of many may round differently,
 * so that a close decision can fall the other way in other company.
 *
 * <p>Left out: beam search.
 */
public final class Generator {
    /** Prompt tokens fed in one step: enough to fill matrix products, few enough to bound activations. */
    private static final int PREFILL_TOKENS = 512;

    /** The same while others wait for their next token: half as many keep products nearly as full and them waiting half as long. */
    private static final int BESIDE_DECODING = 256;

    private final Generation.Setup setup;

    /**
     * How much is done at once.
     *
     * @param rows most sequences decoded at once; memory may allow fewer
     * @param cacheBytes memory for the KV cache; empty for what the machine has left for it
     */
    public record Limits(int rows, OptionalLong cacheBytes) {

        public Limits {
            if (rows < 1) {
                throw new IllegalArgumentException("max_rows: " + rows + ", must be at least 1");
            }
        }
    }

    /**
     * @param tokenizerOrNull without one, results have no text and stop strings are refused
     * @param maxRows most sequences decoded at once
     */
    public Generator(Qwen2Model model, Tokenizer tokenizerOrNull, int maxRows) {
        this(model, tokenizerOrNull, new Limits(maxRows, OptionalLong.empty()));
    }

    /** @param tokenizerOrNull without one, results have no text and stop strings are refused */
    public Generator(Qwen2Model model, Tokenizer tokenizerOrNull, Limits limits) {
        this(
                blocks -> new PagedDecoder(model, blocks),
                space(model, limits),
                new Scheduler.Pace(limits.rows(), PREFILL_TOKENS, BESIDE_DECODING),
                Lanes.forWidth(model.config().hiddenSize()),
                rules(model.config()),
                tokenizerOrNull);
    }

    /** @param lanes how many decoders run side by side, each with its own share of the requests */
    Generator(Decoder.Factory decoders, CacheSpace space, Scheduler.Pace pace, int lanes, PromptRules rules, Tokenizer tokenizer) {
        int used = Math.min(lanes, pace.rows());
        Scheduler.Pace share = new Scheduler.Pace(share(pace.rows(), used), pace.prefill(), pace.besideDecoding());
        setup = new Generation.Setup(new Lane.Parts(decoders, space.shared(used), share), used, rules, tokenizer);
    }

    /**
     * What the KV cache of a generation takes, in bytes.
     *
     * @param useful all that so many sequences of such lengths can fill
     * @param least what one of them in each decoder takes, without which none could be finished
     */
    public record CacheNeeds(long useful, long least) {

        /** What it takes where it may have so much: sequences wait for each other or are computed again. */
        public long within(long allowed) {
            return Math.min(useful, allowed);
        }
    }

    /**
     * What the cache of a generator over such a model takes.
     *
     * @param rows most sequences decoded at once
     * @param requests sequences in all
     * @param longest tokens of the longest prompt with the longest answer
     */
    public static CacheNeeds cacheNeeds(Qwen2Config config, Precision precision, int rows, int requests, int longest) {
        int lanes = Math.min(Lanes.forWidth(config.hiddenSize()), rows);
        CacheSpace space = new CacheSpace(PagedModel.BLOCK, PagedModel.blockBytes(config, precision), Long.MAX_VALUE);
        // The last token of an answer is never fed; a block more is for what parts from others.
        long blocks = space.blocksFor(longest - 1);
        // Equal prompts go to one lane, which may so have more of the requests than others.
        long underWay = (long) lanes * Math.min(share(rows, lanes), requests);
        return new CacheNeeds(underWay * (blocks + 1) * space.blockBytes(), lanes * blocks * space.blockBytes());
    }

    private static int share(int rows, int lanes) {
        return (rows + lanes - 1) / lanes;
    }

    private static CacheSpace space(Qwen2Model model, Limits limits) {
        long blockBytes = PagedModel.blockBytes(model.config(), model.precision());
        return new CacheSpace(PagedModel.BLOCK, blockBytes, limits.cacheBytes().orElseGet(CacheMemory::budget));
    }

    /** Memory that a block of the KV cache takes. */
    public long blockBytes() {
        return setup.parts().space().blockBytes();
    }

    /** What prompts a model can take. */
    public static PromptRules rules(Qwen2Config config) {
        return new PromptRules(config.vocabSize(), config.maxPositionEmbeddings());
    }

    /**
     * Begins a generation that goes on as requests come; the caller closes it.
     *
     * @throws UserError where the options ask for what there is no tokenizer for
     */
    public Generation open(SamplingOptions options, GenerationListener listener) {
        return new Generation(setup, options, listener);
    }

    /**
     * Continues all requests.
     *
     * @param onCompleted told of each as soon as it is done, in the order they finish
     * @return results in the order of the requests; one that cannot be continued has its error
     */
    public List<GenerationResult> generate(
            List<GenerationRequest> requests, SamplingOptions options, Consumer<Completed> onCompleted) {
        return generate(requests, options, new GenerationListener() {
            @Override
            public void completed(Completed completed) {
                onCompleted.accept(completed);
            }
        });
    }

    /** Continues all requests; the results are in the order of the requests. */
    public List<GenerationResult> generate(
            List<GenerationRequest> requests, SamplingOptions options, GenerationListener listener) {
        try (Generation generation = open(options, listener)) {
            requests.forEach(generation::add);
            generation.run();
            return generation.results();
        }
    }
}
