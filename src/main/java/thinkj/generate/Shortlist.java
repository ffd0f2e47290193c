package thinkj.generate;

/** The tokens that are left to draw from when unlikely ones are removed, in the order of their ids, found without sorting the vocabulary. */
final class Shortlist {
    /** A whole stretch of ids is passed over when its largest score is too low. */
    private static final int STRETCH = 64;

    /** Far more than the roundings of logarithms and sums. */
    private static final double SLACK = 1e-3;

    private final float[] maxima;
    private final float[] work;
    private final int[] ids;
    private final float[] scores;
    private final float[] weights;
    private int size;
    private double total;

    /** @param vocabulary V */
    Shortlist(int vocabulary) {
        maxima = new float[(vocabulary + STRETCH - 1) / STRETCH];
        work = new float[vocabulary];
        ids = new int[vocabulary];
        scores = new float[vocabulary];
        weights = new float[vocabulary];
    }

    /**
     * Cuts by top-k, then by top-p; one of them at least is on.
     *
     * @param all scores, [V]
     * @param sums of these scores; read without top-k only
     */
    void cut(float[] all, ExpSums sums, int topK, double topP) {
        takeMaxima(all);
        if (topK > 0) {
            topK(all, Math.min(topK, all.length));
            weigh();
        } else {
            likely(all, sums, topP);
        }
        if (topP < 1) {
            topP(topP);
        }
    }

    int size() {
        return size;
    }

    int id(int i) {
        return ids[i];
    }

    float score(int i) {
        return scores[i];
    }

    /** Of the draw, not divided by their sum. */
    float weight(int i) {
        return weights[i];
    }

    private void takeMaxima(float[] all) {
        for (int stretch = 0; stretch < maxima.length; stretch++) {
            int end = Math.min(all.length, (stretch + 1) * STRETCH);
            float max = Float.NEGATIVE_INFINITY;
            for (int i = stretch * STRETCH; i < end; i++) {
                max = Math.max(max, all[i]);
            }
            maxima[stretch] = max;
        }
    }

    /** Takes all with at least this score. */
    private void atLeast(float[] all, float border) {
        size = 0;
        for (int stretch = 0; stretch < maxima.length; stretch++) {
            if (maxima[stretch] >= border) {
                int end = Math.min(all.length, (stretch + 1) * STRETCH);
                for (int id = stretch * STRETCH; id < end; id++) {
                    if (all[id] >= border) {
                        take(id, all[id], 0);
                    }
                }
            }
        }
    }

    private void take(int id, float score, float weight) {
        ids[size] = id;
        scores[size] = score;
        weights[size++] = weight;
    }

    /**
     * Keeps the k largest scores (Fan et al. 2018, "Hierarchical neural story generation") and all ties of the k-th. At least k scores
     * reach the k-th largest of all stretches' maxima, and few more do.
     */
    private void topK(float[] all, int k) {
        float border = Float.NEGATIVE_INFINITY;
        if (k <= maxima.length) {
            System.arraycopy(maxima, 0, work, 0, maxima.length);
            border = Selection.kthLargest(work, maxima.length, k);
        }
        atLeast(all, border);
        System.arraycopy(scores, 0, work, 0, size);
        float smallest = Selection.kthLargest(work, size, k);
        int among = size;
        size = 0;
        for (int i = 0; i < among; i++) {
            if (scores[i] >= smallest) {
                take(ids[i], scores[i], 0);
            }
        }
    }

    private void weigh() {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            max = Math.max(max, scores[i]);
        }
        total = 0;
        for (int i = 0; i < size; i++) {
            weights[i] = (float) Math.exp((double) scores[i] - max);
            total += weights[i];
        }
    }

    /** Takes all but what top-p removes in any case: tokens that weigh at most (1 − p) / V of the sum weigh at most 1 − p of it together. */
    private void likely(float[] all, ExpSums sums, double p) {
        total = sums.total();
        double border = sums.max() + Math.log((1 - p) * total / all.length) - SLACK;
        size = 0;
        for (int block = 0; block < sums.blocks(); block++) {
            int from = ExpSums.start(block);
            int width = ExpSums.width(all, block);
            if (largest(from, from + width) >= border) {
                double[] ofBlock = sums.weights(all, block);
                for (int i = 0; i < width; i++) {
                    if (all[from + i] >= border) {
                        take(from + i, all[from + i], (float) ofBlock[i]);
                    }
                }
            }
        }
    }

    private float largest(int from, int to) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int stretch = from / STRETCH; stretch * STRETCH < to; stretch++) {
            largest = Math.max(largest, maxima[stretch]);
        }
        return largest;
    }

    /**
     * Keeps the fewest tokens that hold more than p of the probability together (Holtzman et al. 2020, "The curious case of neural
     * text degeneration"): from the least likely on, tokens go while the sum of what goes stays at or below 1 − p; the likeliest
     * stays in any case. Of tokens that tie at the border the lowest ids stay (the original leaves this to its sort).
     */
    private void topP(double p) {
        System.arraycopy(weights, 0, work, 0, size);
        Selection.Border border = Selection.heaviest(work, size, total - (1 - p) * total);
        int ties = border.ties();
        int among = size;
        size = 0;
        for (int i = 0; i < among; i++) {
            if (weights[i] > border.value() || weights[i] == border.value() && ties-- > 0) {
                take(ids[i], scores[i], weights[i]);
            }
        }
    }

    /** Inverse distribution function, in the order of the ids. */
    int draw(double uniform) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += weights[i];
        }
        double target = uniform * sum;
        double below = 0;
        int last = 0;
        while (last < size - 1 && below + weights[last] <= target) {
            below += weights[last++];
        }
        return ids[last];
    }
}
