package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final float[] LOGITS = {1, 3, 2, -1, 3};

    @Test
    void greedyTakesTheLowestIdOfTheLikeliest() {
        Sampler sampler = sampler(options(true, 1, 0, 1, 1), LOGITS);
        assertEquals(1, sampler.choose(new SeenIds(5), 0, 0));
        assertEquals(logSoftmax(LOGITS, 1), sampler.logProb(), 1e-7); // weights are rounded to fp32
    }

    @Test
    void greedyHeedsTheRepetitionPenaltyAndReportsRawLogProbabilities() {
        SeenIds seen = new SeenIds(5);
        seen.addAll(new int[] {1, 4, 4, 1});
        Sampler sampler = sampler(options(true, 1, 0, 1, 2), LOGITS);
        assertEquals(2, sampler.choose(seen, 0, 0));
        assertEquals(logSoftmax(LOGITS, 2), sampler.logProb(), 1e-7); // as above
    }

    @Test
    void samplesFollowTheDistribution() {
        for (SamplingOptions options : List.of(options(false, 1, 0, 1, 1), options(false, 0.7, 0, 1, 1), options(false, 1, 2, 1, 1))) {
            double[] weights = new double[5];
            for (int id = 0; id < 5; id++) {
                weights[id] = options.topK() == 2 && LOGITS[id] < 3 ? 0 : Math.exp(LOGITS[id] / options.temperature());
            }
            double sum = Arrays.stream(weights).sum();
            int draws = 20_000;
            int[] counts = new int[5];
            Sampler sampler = sampler(options, LOGITS);
            for (int sample = 0; sample < draws; sample++) {
                counts[sampler.choose(new SeenIds(5), sample, 3)]++;
            }
            for (int id = 0; id < 5; id++) {
                double p = weights[id] / sum;
                // five standard errors of a count, and at least nothing where the probability is nothing
                assertEquals(p, (double) counts[id] / draws, 5 * Math.sqrt(p * (1 - p) / draws), "id " + id + " of " + options);
            }
        }
    }

    @Test
    void largeVocabulariesAreCutAndDrawnFromAsByASort() {
        Random random = new Random(3);
        int vocabulary = 5000;
        for (int trial = 0; trial < 60; trial++) {
            float[] logits = new float[vocabulary];
            for (int i = 0; i < vocabulary; i++) {
                // Steps of a quarter: many ties; wide and narrow distributions.
                logits[i] = Math.round(4 * random.nextGaussian() * (1 + trial % 4)) / 4f;
            }
            int topK = trial % 3 == 0 ? 0 : 1 + random.nextInt(trial % 3 == 1 ? 60 : 4900);
            double topP = trial % 2 == 0 && topK > 0 ? 1 : 0.05 + 0.94 * random.nextDouble();
            double[] expected = bySorting(logits, topK, topP);
            double sum = Arrays.stream(expected).sum();
            Sampler sampler = sampler(options(false, 1, topK, topP, 1), logits);
            sampler.choose(null, 0, 0);
            assertEquals(Arrays.stream(expected).filter(weight -> weight > 0).count(), sampler.shortlist().size());
            double below = 0;
            for (int id = 0; id < vocabulary; id++) {
                double middle = (below + expected[id] / 2) / sum;
                if (expected[id] / sum > 1e-6) { // wider than the roundings of sums
                    assertEquals(id, sampler.shortlist().draw(middle), "trial " + trial);
                }
                below += expected[id];
            }
        }
    }

    @Test
    void plainDrawsFollowTheSumsOfALargeVocabulary() {
        Random random = new Random(4);
        float[] logits = new float[3001];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = 20 + 5 * (float) random.nextGaussian();
        }
        double sum = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i])).sum();
        ExpSums sums = new ExpSums(logits.length);
        sums.take(logits);
        assertEquals(Math.log(sum), sums.max() + Math.log(sums.total()), 1e-9); // the series' error
        double below = 0;
        for (int id = 0; id < logits.length; id++) {
            double p = Math.exp(logits[id]) / sum;
            if (p > 1e-6) { // wider than the roundings of sums
                assertEquals(id, sums.draw(logits, below + p / 2));
            }
            below += p;
        }
        assertEquals(logits.length - 1, sums.draw(logits, 1));
    }

    /** Weights of all tokens, 0 for those that are removed. */
    private static double[] bySorting(float[] logits, int topK, double topP) {
        Integer[] order = IntStream.range(0, logits.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (a, b) -> logits[a] != logits[b] ? Float.compare(logits[b], logits[a]) : Integer.compare(a, b));
        double[] weights = new double[logits.length];
        double total = 0;
        for (int i = 0; i < order.length && (topK == 0 || logits[order[i]] >= logits[order[topK - 1]]); i++) {
            weights[order[i]] = Math.exp((double) logits[order[i]] - logits[order[0]]);
            total += weights[order[i]];
        }
        double kept = 0;
        for (int id : order) {
            boolean goes = topP < 1 && kept > 0 && kept >= topP * total;
            kept += weights[id];
            weights[id] = goes ? 0 : weights[id];
        }
        return weights;
    }

    @Test
    void aSampleDependsOnSeedIndexAndStepAlone() {
        assertEquals(RandomStream.uniform(1, 2, 3), RandomStream.uniform(1, 2, 3));
        assertNotEquals(RandomStream.uniform(1, 2, 3), RandomStream.uniform(2, 2, 3));
        assertNotEquals(RandomStream.uniform(1, 2, 3), RandomStream.uniform(1, 3, 3));
        assertNotEquals(RandomStream.uniform(1, 2, 3), RandomStream.uniform(1, 3, 2));
    }

    @Test
    void randomNumbersAreUniformAlongEachPartOfTheKey() {
        int n = 10_000;
        double[][] streams = new double[3][n];
        for (int i = 0; i < n; i++) {
            streams[0][i] = RandomStream.uniform(i, 0, 0);
            streams[1][i] = RandomStream.uniform(42, i, 0);
            streams[2][i] = RandomStream.uniform(42, 0, i);
        }
        for (double[] stream : streams) {
            double mean = 0;
            double lag = 0;
            for (int i = 0; i < n; i++) {
                assertTrue(stream[i] >= 0 && stream[i] < 1);
                mean += stream[i] / n;
                lag += (stream[i] - 0.5) * (stream[(i + 1) % n] - 0.5) / n;
            }
            assertEquals(0.5, mean, 5 * Math.sqrt(1 / 12.0 / n)); // five standard errors
            assertEquals(0, lag, 5 / 12.0 / Math.sqrt(n)); // five standard errors
        }
    }

    @Test
    void logitsThatAreNotFiniteStopTheRun() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            Sampler sampler = sampler(options(true, 1, 0, 1, 1), new float[] {0, bad, 1});
            Exception e = assertThrows(ArithmeticException.class, () -> sampler.choose(new SeenIds(3), 4, 2));
            assertEquals("sample 4, token 2: the model's logits are not finite", e.getMessage());
        }
    }

    @Test
    void badOptionsAreRefusedByNameValueAndRule() {
        assertRefused("temperature: 0.0, must be above 0 (for the likeliest token use greedy)", () -> options(false, 0, 0, 1, 1));
        assertRefused("top_k: -1, must be at least 1, or 0 for off", () -> options(false, 1, -1, 1, 1));
        assertRefused("top_p: 1.5, must be above 0 and at most 1 (1 is off)", () -> options(false, 1, 0, 1.5, 1));
        assertRefused("repetition_penalty: 0.0, must be above 0 (1 is off)", () -> options(false, 1, 0, 1, 0));
    }

    private static void assertRefused(String message, Runnable options) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, options::run).getMessage());
    }

    private static Sampler sampler(SamplingOptions options, float[] logits) {
        Sampler sampler = new Sampler(logits.length, options);
        System.arraycopy(logits, 0, sampler.logits(), 0, logits.length);
        return sampler;
    }

    private static SamplingOptions options(boolean greedy, double temperature, int topK, double topP, double penalty) {
        return new SamplingOptions(greedy, temperature, topK, topP, penalty, 42, 8, Set.of(), List.of());
    }

    private static double logSoftmax(float[] logits, int id) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        return logits[id] - Math.log(sum);
    }
}
