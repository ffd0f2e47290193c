package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.Golden;
import thinkj.config.DecayGroup;
import thinkj.config.OptimizerSettings;
import thinkj.config.ScheduleKind;
import thinkj.loss.SftLoss;
import thinkj.model.LossGraph;
import thinkj.model.PackedTokens;
import thinkj.model.Qwen2Model;

/** Supervised training, from token ids to parameters after three steps, against Hugging Face's and LLaMA-Factory's trainers. */
@Tag("golden")
class SftGoldenTest {
    /** fp32 log-probabilities of about −10; the originals differ among themselves by 2e-6. */
    private static final double LOG_PROB = 5e-5;

    private static final double LOSS = 1e-5;

    /** A loss after steps of Adam: what the smallest gradients' rounding leaves. */
    private static final double LATER_LOSS = 1e-4;

    private final JsonNode golden = Golden.json("sft/golden.json");
    private final JsonNode batch = golden.get("batch");

    private Qwen2Model model() {
        return GoldenModel.open(Path.of(golden.get("model").asText()).getFileName().toString());
    }

    private PackedTokens packed() {
        return GoldenTraining.packed(batch.get("input_ids"), batch.get("labels"), batch.get("attention_mask"));
    }

    @Test
    void lossAndGradients() {
        try (Qwen2Model model = model();
                Gradients gradients = new Gradients(model.weights())) {
            LossGraph graph = new LossGraph(model, 1, SftLoss::define);
            PackedTokens tokens = packed();
            assertEquals(golden.get("valid_tokens").asInt(), tokens.targets());
            Map<String, INDArray> outputs = accumulate(graph, tokens, tokens.targets(), gradients);
            double loss = outputs.get(SftLoss.LOSS).getDouble(0);
            assertEquals(golden.get("loss").doubleValue(), loss, LOSS);
            GoldenTraining.report("sft loss, absolute", Math.abs(golden.get("loss").doubleValue() - loss));
            nll(GoldenTraining.doubles(outputs.get(LossGraph.LOG_PROBS)));
            GoldenTraining.gradients("sft", golden.get("grads"), GoldenTraining.copy(gradients.arrays()), "sft gradients");
            assertEquals(golden.get("grad_norm").doubleValue(), gradients.norm(), golden.get("grad_norm").doubleValue() * 1e-5);
        }
    }

    private void nll(double[] logProbs) {
        int m = 0;
        double worst = 0;
        for (int row = 0; row < batch.get("labels").size(); row++) {
            int[] labels = Golden.ints(batch.get("labels").get(row));
            for (int t = 1; t < labels.length; t++) {
                if (labels[t] >= 0) {
                    double expected = golden.get("per_token_nll").get(row).get(t - 1).doubleValue();
                    worst = Math.max(worst, Math.abs(expected + logProbs[m++]));
                }
            }
        }
        assertTrue(worst <= LOG_PROB, "largest error of a token: " + worst);
        GoldenTraining.report("sft token log-probability, absolute", worst);
    }

    @Test
    void adamW() {
        golden.get("adamw").properties().forEach(variant -> steps(variant.getKey(), variant.getValue()));
    }

    private void steps(String name, JsonNode variant) {
        try (Qwen2Model model = model()) {
            DecayGroup group = group(model.weights(), variant);
            Map<String, double[]> start = GoldenTraining.copy(model.weights());
            LossGraph graph = new LossGraph(model, 1, SftLoss::define);
            JsonNode steps = variant.get("steps");
            try (Updater updater = new Updater(
                            model.weights(), settings(variant, group), steps.size(), model::weightWritten, model::weightsChanged)) {
                for (JsonNode step : steps) {
                    PackedTokens tokens = packed();
                    Map<String, INDArray> inputs = SftLoss.inputs(ones(tokens.targets()), tokens.targets());
                    double loss = updater.gradients().collect(graph, tokens, inputs, SftLoss.LOSS).get(SftLoss.LOSS).getDouble(0);
                    assertEquals(step.get("loss_before_step").doubleValue(), loss, LATER_LOSS, name);
                    Updater.Update update = updater.apply();
                    double norm = step.get("grad_norm_before_clip").doubleValue();
                    assertEquals(norm, update.gradientNorm(), norm * 1e-3, name);
                    JsonNode after = variant.get("after_" + update.step());
                    if (after != null) {
                        Map<String, double[]> now = GoldenTraining.copy(model.weights());
                        String what = "sft AdamW " + name + " after " + update.step();
                        GoldenTraining.parameters("sft", after.get("params"), start, now, what);
                        double way = after.get("update_l2_total").doubleValue();
                        assertEquals(way, GoldenTraining.way(start, now), way * GoldenTraining.UPDATE, what);
                    }
                }
            }
        }
    }

    private OptimizerSettings settings(JsonNode variant, DecayGroup group) {
        JsonNode o = golden.get("optimizer");
        return new OptimizerSettings(
                o.get("lr").doubleValue(), ScheduleKind.CONSTANT, 0, 0, o.get("betas").get(0).doubleValue(),
                o.get("betas").get(1).doubleValue(), o.get("eps").doubleValue(), variant.get("weight_decay").doubleValue(), group,
                o.get("grad_clip_norm").doubleValue());
    }

    /** The group that leaves the same parameters undecayed as the original. */
    private static DecayGroup group(Map<String, INDArray> weights, JsonNode variant) {
        Map<String, Boolean> undecayed = new LinkedHashMap<>();
        if (variant.has("no_decay_params")) {
            variant.get("no_decay_params").forEach(name -> undecayed.put(name.asText(), true));
        }
        return Arrays.stream(DecayGroup.values())
                .filter(group -> weights.keySet().stream().allMatch(name -> group.decays(name) != undecayed.containsKey(name)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void accumulatedMicroBatchesAreOneBatch() {
        JsonNode accumulation = Golden.json("sft/grad_accum.json");
        JsonNode micro = accumulation.get("micro_batches");
        int labelled = 0;
        for (JsonNode one : micro) {
            labelled += micro(one).targets();
        }
        JsonNode byTokens = accumulation.get("token_mean_over_all_micro_batches");
        long[] all = new long[micro.size()];
        Arrays.fill(all, labelled);
        compare(byTokens, micro, all, "sft accumulated by tokens");
        // The older trainers' way, which the preference trainer still has: the mean of the micro-batches' means.
        long[] each = new long[micro.size()];
        for (int i = 0; i < each.length; i++) {
            each[i] = (long) micro(micro.get(i)).targets() * micro.size();
        }
        compare(accumulation.get("mean_of_micro_batch_means"), micro, each, "sft accumulated by micro-batches");
    }

    private void compare(JsonNode expected, JsonNode micro, long[] denominators, String what) {
        try (Qwen2Model model = model();
                Gradients gradients = new Gradients(model.weights())) {
            LossGraph graph = new LossGraph(model, 1, SftLoss::define);
            double loss = 0;
            for (int i = 0; i < micro.size(); i++) {
                loss += accumulate(graph, micro(micro.get(i)), denominators[i], gradients).get(SftLoss.LOSS).getDouble(0);
            }
            assertEquals(expected.get("loss").doubleValue(), loss, LOSS, what);
            GoldenTraining.gradients("sft", expected.get("grads"), GoldenTraining.copy(gradients.arrays()), what);
        }
    }

    private static PackedTokens micro(JsonNode one) {
        PackedTokens.Builder batch = new PackedTokens.Builder();
        GoldenTraining.add(batch, one.get("input_ids"), one.get("labels"), null);
        return batch.build();
    }

    private static Map<String, INDArray> accumulate(LossGraph graph, PackedTokens tokens, long labelled, Gradients gradients) {
        return gradients.collect(
                graph, tokens, SftLoss.inputs(ones(tokens.targets()), labelled), SftLoss.LOSS, LossGraph.LOG_PROBS);
    }

    private static float[] ones(int length) {
        float[] ones = new float[length];
        Arrays.fill(ones, 1);
        return ones;
    }
}
