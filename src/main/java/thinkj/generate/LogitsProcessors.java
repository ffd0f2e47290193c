package thinkj.generate;

/**
 * The steps from raw logits to the distribution that a token is drawn from, each in place on [V] scores. They are applied in the
 * order of their declaration; a removed token has the score −∞. The meaning is that of HuggingFace transformers 4.45
 * ({@code RepetitionPenaltyLogitsProcessor}, {@code TemperatureLogitsWarper}, {@code TopKLogitsWarper}, {@code TopPLogitsWarper}).
 *
 * <p>Left out: its other processors, none of which a Qwen2.5 checkpoint asks for.
 */
final class LogitsProcessors {
    private LogitsProcessors() {}

    /** All steps that the options ask for; {@code weights} and {@code work}, [V] each, are overwritten. */
    static void apply(SamplingOptions options, float[] scores, SeenIds seen, float[] weights, float[] work) {
        if (options.repetitionPenalty() != 1) {
            repetitionPenalty(scores, seen, options.repetitionPenalty());
        }
        if (options.temperature() != 1) {
            temperature(scores, options.temperature());
        }
        if (options.topK() > 0) {
            topK(scores, options.topK(), work);
        }
        if (options.topP() < 1) {
            topP(scores, options.topP(), weights, work);
        }
    }

    /** Divides positive scores and multiplies negative ones, once for each id (Keskar et al. 2019, "CTRL", section 4.1). */
    static void repetitionPenalty(float[] scores, SeenIds seen, double penalty) {
        float factor = (float) penalty;
        for (int i = 0; i < seen.size(); i++) {
            int id = seen.get(i);
            scores[id] = scores[id] < 0 ? scores[id] * factor : scores[id] / factor;
        }
    }

    static void temperature(float[] scores, double temperature) {
        float divisor = (float) temperature;
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= divisor;
        }
    }

    /**
     * Keeps the k largest scores (Fan et al. 2018, "Hierarchical neural story generation") and all ties of the k-th.
     *
     * @param work [V], overwritten
     */
    static void topK(float[] scores, int k, float[] work) {
        if (k >= scores.length) {
            return;
        }
        System.arraycopy(scores, 0, work, 0, scores.length);
        float smallest = Selection.kthLargest(work, scores.length, k);
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] < smallest) {
                scores[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /**
     * Keeps the fewest tokens that hold more than p of the probability together (Holtzman et al. 2020, "The curious case of neural
     * text degeneration"): from the least likely on, tokens go while the sum of what goes stays at or below 1 − p; the likeliest
     * stays in any case. Of tokens that tie at the border the lowest ids stay (the original leaves this to its sort).
     *
     * @param weights [V], overwritten
     * @param work [V], overwritten
     */
    static void topP(float[] scores, double p, float[] weights, float[] work) {
        double total = exponentials(scores, max(scores), weights);
        int n = 0;
        for (float weight : weights) {
            if (weight > 0) {
                work[n++] = weight;
            }
        }
        Selection.Border border = Selection.heaviest(work, n, total - (1 - p) * total);
        int ties = border.ties();
        for (int i = 0; i < scores.length; i++) {
            if (weights[i] < border.value() || weights[i] == border.value() && ties-- <= 0) {
                scores[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** Puts {@code e^(score − max)} into {@code weights} and returns the sum: NaN if any score is. */
    static double exponentials(float[] scores, float max, float[] weights) {
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            float weight = scores[i] == Float.NEGATIVE_INFINITY ? 0 : (float) Math.exp((double) scores[i] - max);
            weights[i] = weight;
            sum += weight;
        }
        return sum;
    }

    /** The largest score; −∞ where there is none. */
    static float max(float[] scores) {
        float max = Float.NEGATIVE_INFINITY;
        for (float score : scores) {
            max = Math.max(max, score);
        }
        return max;
    }
}
