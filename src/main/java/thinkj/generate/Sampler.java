package thinkj.generate;

/**
 * Chooses a token from raw logits. It owns its working memory, a few arrays of V, and allocates nothing large for a token; one thread
 * at a time uses it.
 *
 * <p>The steps from raw logits to the distribution that is drawn from are those of HuggingFace transformers 4.45
 * ({@code RepetitionPenaltyLogitsProcessor}, {@code TemperatureLogitsWarper}, {@code TopKLogitsWarper}, {@code TopPLogitsWarper}), in this
 * order. Left out: its other processors, none of which a Qwen2.5 checkpoint asks for.
 */
final class Sampler {
    private final SamplingOptions options;
    private final float[] logits;
    private final float[] scores;
    private final ExpSums raw;
    private final ExpSums processed;
    private final Shortlist shortlist;
    private double logProb;

    /** @param vocabulary V */
    Sampler(int vocabulary, SamplingOptions options) {
        this.options = options;
        logits = new float[vocabulary];
        scores = new float[vocabulary];
        raw = new ExpSums(vocabulary);
        processed = new ExpSums(vocabulary);
        shortlist = new Shortlist(options.cuts() ? vocabulary : 0);
    }

    /** Where the caller puts the raw logits, [V], before each {@link #choose}. */
    float[] logits() {
        return logits;
    }

    /** Log-softmax of the raw logits at the token chosen last. */
    double logProb() {
        return logProb;
    }

    /**
     * @param seen ids of the prompt and of what was generated; read with a repetition penalty only
     * @param sample what the random number is keyed by, with the seed
     * @param step how many tokens this sample has already
     * @throws LogitsNotFinite if one of the logits is NaN or infinite
     */
    int choose(SeenIds seen, long sample, int step) {
        raw.take(logits);
        if (!(raw.total() >= 1 && raw.total() <= logits.length)) {
            throw new LogitsNotFinite(sample, step);
        }
        int id = options.greedy() ? likeliest(seen) : draw(seen, RandomStream.uniform(options.seed(), sample, step));
        logProb = (double) logits[id] - raw.max() - Math.log(raw.total());
        return id;
    }

    /** The largest score after the repetition penalty; the lowest id of those that tie. */
    private int likeliest(SeenIds seen) {
        float[] from = logits;
        float largest = raw.max();
        if (options.repetitionPenalty() != 1) {
            System.arraycopy(logits, 0, scores, 0, logits.length);
            penalise(scores, seen, options.repetitionPenalty());
            from = scores;
            largest = ExpSums.largest(scores);
        }
        int best = 0;
        while (from[best] != largest) {
            best++;
        }
        return best;
    }

    private int draw(SeenIds seen, double uniform) {
        if (options.plain()) {
            return raw.draw(logits, uniform);
        }
        ExpSums sums = process(seen);
        return options.cuts() ? shortlist.draw(uniform) : sums.draw(scores, uniform);
    }

    /**
     * Leaves in {@link #scores} what penalty and temperature make of the logits, and in {@link #shortlist} what top-k and top-p leave.
     *
     * @return sums of the scores, where they are asked for: not with top-k
     */
    ExpSums process(SeenIds seen) {
        System.arraycopy(logits, 0, scores, 0, logits.length);
        if (options.repetitionPenalty() != 1) {
            penalise(scores, seen, options.repetitionPenalty());
        }
        if (options.temperature() != 1) {
            divide(scores, (float) options.temperature());
        }
        boolean asTheyWere = options.repetitionPenalty() == 1 && options.temperature() == 1;
        ExpSums sums = asTheyWere ? raw : processed;
        if (!asTheyWere && options.topK() == 0) {
            processed.take(scores);
        }
        if (options.cuts()) {
            shortlist.cut(scores, sums, options.topK(), options.topP());
        }
        return sums;
    }

    float[] scores() {
        return scores;
    }

    Shortlist shortlist() {
        return shortlist;
    }

    /** Divides positive scores and multiplies negative ones, once for each id (Keskar et al. 2019, "CTRL", section 4.1). */
    private static void penalise(float[] scores, SeenIds seen, double penalty) {
        float factor = (float) penalty;
        for (int i = 0; i < seen.size(); i++) {
            int id = seen.get(i);
            scores[id] = scores[id] < 0 ? scores[id] * factor : scores[id] / factor;
        }
    }

    private static void divide(float[] scores, float divisor) {
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= divisor;
        }
    }
}
