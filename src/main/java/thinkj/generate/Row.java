package thinkj.generate;

import java.util.Arrays;
import thinkj.tokenizer.Tokenizer;

/** One sequence under way: what was fed, what was generated. */
final class Row {
    private final GenerationRequest request;
    private final int position;
    private final SamplingOptions options;
    private final int mostNew;
    private final Tokenizer tokenizer;
    private final SeenIds seen;
    private final StopStrings stops;
    private int fed;
    private int[] ids = new int[64];
    private float[] logProbs = new float[64];
    private int size;
    private String finishReason;

    /**
     * @param position the request's place in the list
     * @param mostNew tokens that options and context leave room for
     * @param tokenizer null: no text
     */
    Row(GenerationRequest request, int position, SamplingOptions options, int mostNew, int vocabulary, Tokenizer tokenizer) {
        this.request = request;
        this.position = position;
        this.options = options;
        this.mostNew = mostNew;
        this.tokenizer = tokenizer;
        stops = options.stopStrings().isEmpty() ? null : new StopStrings(options.stopStrings(), tokenizer);
        seen = options.repetitionPenalty() == 1 ? null : new SeenIds(vocabulary);
        if (seen != null) {
            seen.addAll(request.promptIds());
        }
    }

    /** The request's place in the list. */
    int position() {
        return position;
    }

    /** Tokens that the cache does not hold yet. */
    int pending() {
        return request.promptIds().length + size - fed;
    }

    /** The next {@code count} tokens for the cache. */
    int[] feed(int count) {
        int[] prompt = request.promptIds();
        int[] piece = fed < prompt.length
                ? Arrays.copyOfRange(prompt, fed, fed + count)
                : Arrays.copyOfRange(ids, fed - prompt.length, fed - prompt.length + count);
        fed += count;
        return piece;
    }

    /** Chooses the next token from the logits that the sampler holds. */
    void choose(Sampler sampler) {
        int id = sampler.choose(seen, request.index(), size);
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
            logProbs = Arrays.copyOf(logProbs, 2 * size);
        }
        ids[size] = id;
        logProbs[size++] = (float) sampler.logProb();
        if (seen != null) {
            seen.add(id);
        }
        boolean stopText = stops != null && stops.add(id);
        if (options.stopIds().contains(id) || stopText) {
            finishReason = GenerationResult.STOP;
        } else if (size == mostNew) {
            finishReason = GenerationResult.LENGTH;
        }
    }

    int lastId() {
        return ids[size - 1];
    }

    boolean finished() {
        return finishReason != null;
    }

    GenerationResult result() {
        int[] generated = Arrays.copyOf(ids, size);
        String text = tokenizer == null ? null : StopStrings.cut(tokenizer.decode(generated, true), options.stopStrings());
        return new GenerationResult(generated, Arrays.copyOf(logProbs, size), finishReason, text);
    }
}
