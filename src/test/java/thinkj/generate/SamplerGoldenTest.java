package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import thinkj.Golden;

/** What a draw is from, against the original's processors on its fixed vectors. */
@Tag("golden")
class SamplerGoldenTest {
    /** A few roundings of fp32: temperature is a division here, the original multiplies by the inverse. */
    private static final double SCORES = 2e-6;

    /** Probabilities are at most 1 and come from scores with the error above. */
    private static final double PROBABILITIES = 1e-6;

    @TestFactory
    Stream<DynamicTest> processorsGiveTheOriginalsScoresAndProbabilities() {
        JsonNode golden = Golden.json("sampling/golden.json");
        return StreamSupport.stream(golden.get("cases").spliterator(), false)
                .map(testCase -> DynamicTest.dynamicTest(
                        testCase.get("logits").asText() + " " + testCase.get("config"), () -> check(golden, testCase)));
    }

    private static void check(JsonNode golden, JsonNode testCase) {
        double[] logits = Golden.doubles(golden.get("logits").get(testCase.get("logits").asText()));
        SeenIds seen = new SeenIds(logits.length);
        seen.addAll(Golden.ints(golden.get("history_input_ids")));
        SamplingOptions options = options(testCase.get("config"));
        Sampler sampler = new Sampler(logits.length, options);
        for (int i = 0; i < logits.length; i++) {
            sampler.logits()[i] = (float) logits[i];
        }
        sampler.choose(seen, 0, 0);

        double[] processed = new double[logits.length];
        double[] probabilities = new double[logits.length];
        int kept = options.cuts() ? cut(sampler, processed, probabilities) : whole(options.plain() ? sampler.logits() : sampler.scores(), processed, probabilities);
        double sum = Arrays.stream(probabilities).sum();
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] /= sum;
        }
        double[] expectedScores = Golden.doubles(testCase.get("processed_logits"));
        double[] expectedProbabilities = Golden.doubles(testCase.get("probs"));
        if (testCase.get("config").has("top_p") && hasTies(logits)) {
            // The original's sort leaves open which of the tied tokens at the border stay.
            Stream.of(processed, probabilities, expectedScores, expectedProbabilities).forEach(Arrays::sort);
        }
        assertEquals(testCase.get("kept").asInt(), kept);
        assertArrayEquals(expectedScores, processed, SCORES);
        assertArrayEquals(expectedProbabilities, probabilities, PROBABILITIES);
    }

    private static int cut(Sampler sampler, double[] processed, double[] weights) {
        Shortlist left = sampler.shortlist();
        Arrays.fill(processed, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < left.size(); i++) {
            processed[left.id(i)] = left.score(i);
            weights[left.id(i)] = left.weight(i);
        }
        return left.size();
    }

    private static int whole(float[] scores, double[] processed, double[] weights) {
        ExpSums sums = new ExpSums(scores.length);
        sums.take(scores);
        for (int block = 0; block < sums.blocks(); block++) {
            int width = ExpSums.width(scores, block);
            System.arraycopy(sums.weights(scores, block), 0, weights, ExpSums.start(block), width);
        }
        for (int i = 0; i < scores.length; i++) {
            processed[i] = scores[i];
        }
        assertEquals(Arrays.stream(weights).sum(), sums.total(), 1e-12 * sums.total()); // added in another order
        return scores.length;
    }

    private static boolean hasTies(double[] logits) {
        return Arrays.stream(logits).distinct().count() < logits.length;
    }

    private static SamplingOptions options(JsonNode config) {
        return new SamplingOptions(
                false,
                config.path("temperature").asDouble(1),
                config.path("top_k").asInt(0),
                config.path("top_p").asDouble(1),
                config.path("repetition_penalty").asDouble(1),
                0,
                1,
                Set.of(),
                List.of());
    }
}
