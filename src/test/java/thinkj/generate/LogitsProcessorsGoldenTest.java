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

/** The processors against the original's on its fixed vectors. */
@Tag("golden")
class LogitsProcessorsGoldenTest {
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
        float[] scores = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            scores[i] = (float) logits[i];
        }
        float[] weights = new float[logits.length];
        LogitsProcessors.apply(options(testCase.get("config")), scores, seen, weights, new float[logits.length]);
        double sum = LogitsProcessors.exponentials(scores, LogitsProcessors.max(scores), weights);

        double[] processed = new double[scores.length];
        double[] probabilities = new double[scores.length];
        int kept = 0;
        for (int i = 0; i < scores.length; i++) {
            processed[i] = scores[i];
            probabilities[i] = weights[i] / sum;
            kept += scores[i] == Float.NEGATIVE_INFINITY ? 0 : 1;
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
