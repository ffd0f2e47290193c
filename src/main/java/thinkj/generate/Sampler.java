package thinkj.generate;

/**
 * Chooses a token from raw logits. It owns its working memory, four arrays of V, and allocates nothing large for a token; one thread
 * at a time uses it.
 */
final class Sampler {
    private final SamplingOptions options;
    private final float[] logits;
    private final float[] scores;
    private final float[] weights;
    private final float[] work;
    private double logProb;

    /** @param vocabulary V */
    Sampler(int vocabulary, SamplingOptions options) {
        this.options = options;
        logits = new float[vocabulary];
        scores = new float[vocabulary];
        weights = new float[vocabulary];
        work = new float[vocabulary];
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
     */
    int choose(SeenIds seen, long sample, int step) {
        float max = LogitsProcessors.max(logits);
        double sum = LogitsProcessors.exponentials(logits, max, weights);
        if (!(sum >= 1 && sum <= logits.length)) {
            throw new ArithmeticException("sample " + sample + ", token " + step + ": the model's logits are not finite");
        }
        int id = options.greedy() ? likeliest(seen) : draw(process(seen, sum), RandomStream.uniform(options.seed(), sample, step));
        logProb = (double) logits[id] - max - Math.log(sum);
        return id;
    }

    /** The largest score after the repetition penalty; the lowest id of those that tie. */
    private int likeliest(SeenIds seen) {
        float[] from = logits;
        if (options.repetitionPenalty() != 1) {
            System.arraycopy(logits, 0, scores, 0, logits.length);
            LogitsProcessors.repetitionPenalty(scores, seen, options.repetitionPenalty());
            from = scores;
        }
        int best = 0;
        for (int i = 1; i < from.length; i++) {
            if (from[i] > from[best]) {
                best = i;
            }
        }
        return best;
    }

    /**
     * Leaves in {@code weights} what each token weighs in the draw, and returns the sum.
     *
     * @param rawSum sum of the raw logits' weights, which is all there is to do without any option
     */
    private double process(SeenIds seen, double rawSum) {
        if (options.plain()) {
            return rawSum;
        }
        System.arraycopy(logits, 0, scores, 0, logits.length);
        LogitsProcessors.apply(options, scores, seen, weights, work);
        return LogitsProcessors.exponentials(scores, LogitsProcessors.max(scores), weights);
    }

    /** Inverse distribution function, in the order of the ids. */
    private int draw(double sum, double uniform) {
        double target = uniform * sum;
        double below = 0;
        int last = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] > 0) {
                below += weights[i];
                last = i;
                if (below > target) {
                    return i;
                }
            }
        }
        return last;
    }
}
