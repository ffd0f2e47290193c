package thinkj.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.data.Located;
import thinkj.data.PairSequences;
import thinkj.data.TrainingSequence;
import thinkj.io.Json;
import thinkj.model.Qwen2Model;

/**
 * What the frozen start model makes of the answers of every pair: the sums of their tokens' log-probabilities.
 *
 * <p>They never change in a run, so they are computed once, with the policy's own weights before its first step, and no second copy of
 * the weights is ever held. They stay on disk beside the run, under a name made of what they depend on, so that runs that differ in
 * other settings share them.
 *
 * @param chosen of each pair, [P]
 * @param rejected of each pair, [P]
 */
record ReferenceLogProbs(float[] chosen, float[] rejected) {
    private static final Logger LOG = LoggerFactory.getLogger(ReferenceLogProbs.class);
    private static final int NAME_DIGITS = 16;

    /** Where the model is not asked: nothing of any pair. */
    static ReferenceLogProbs unasked(int pairs) {
        return new ReferenceLogProbs(new float[pairs], new float[pairs]);
    }

    /**
     * Computes them.
     *
     * @param microBatchSize counts pairs
     * @throws NotFinite at the first that is not finite
     */
    static ReferenceLogProbs compute(
            Qwen2Model model, Located<PairSequences> pairs, int microBatchSize, Optional<Integer> microBatchTokens) {
        List<TrainingSequence> sequences = new ArrayList<>(2 * pairs.size());
        pairs.examples().forEach(pair -> sequences.addAll(List.of(pair.chosen(), pair.rejected())));
        float[][] logProbs = new TokenScorer(model, 1, 2 * microBatchSize, microBatchTokens)
                .logProbs(sequences, i -> pairs.places().get(i / 2) + (i % 2 == 0 ? " chosen" : " rejected"));
        float[] chosen = new float[pairs.size()];
        float[] rejected = new float[pairs.size()];
        for (int p = 0; p < chosen.length; p++) {
            chosen[p] = sum(logProbs[2 * p]);
            rejected[p] = sum(logProbs[2 * p + 1]);
        }
        return new ReferenceLogProbs(chosen, rejected);
    }

    private static float sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return (float) sum;
    }

    /** Where the numbers of a model and its data lie. */
    static Path file(Path folder, String fingerprint) {
        return folder.resolve("reference-" + fingerprint.substring(0, NAME_DIGITS) + ".json");
    }

    /**
     * Reads the numbers, or computes and writes them where there are none of this fingerprint.
     *
     * @param folder where the run's folder lies
     */
    static ReferenceLogProbs cached(Path folder, String fingerprint, Supplier<ReferenceLogProbs> compute) {
        Path file = file(folder, fingerprint);
        if (Files.exists(file)) {
            JsonNode json = Json.read(file);
            if (json.path("fingerprint").asText().equals(fingerprint) && areNumbers(json.path("chosen")) && areNumbers(json.path("rejected"))) {
                LOG.info("reference log-probabilities: read from {}", file);
                return new ReferenceLogProbs(floats(json.get("chosen")), floats(json.get("rejected")));
            }
            LOG.warn("{}: made for another model or other data, or not as it was written; computed anew", file);
        }
        ReferenceLogProbs computed = compute.get();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("fingerprint", fingerprint);
        json.put("chosen", computed.chosen);
        json.put("rejected", computed.rejected);
        Json.write(file, json);
        LOG.info("reference log-probabilities: written to {}", file);
        return computed;
    }

    private static boolean areNumbers(JsonNode list) {
        for (JsonNode value : list) {
            if (!value.isNumber() || !Float.isFinite(value.floatValue())) {
                return false;
            }
        }
        return list.isArray();
    }

    private static float[] floats(JsonNode numbers) {
        float[] values = new float[numbers.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = numbers.get(i).floatValue();
        }
        return values;
    }

    /** The pairs with their numbers. */
    List<PreferenceGradient.Pair> with(Located<PairSequences> pairs) {
        if (pairs.size() != chosen.length || pairs.size() != rejected.length) {
            throw new IllegalArgumentException(pairs.size() + " pairs, but " + chosen.length + " reference log-probabilities");
        }
        List<PreferenceGradient.Pair> all = new ArrayList<>(pairs.size());
        for (int p = 0; p < chosen.length; p++) {
            all.add(new PreferenceGradient.Pair(pairs.examples().get(p), pairs.places().get(p), chosen[p], rejected[p]));
        }
        return all;
    }
}
