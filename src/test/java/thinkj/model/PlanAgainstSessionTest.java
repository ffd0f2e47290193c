package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.Precision;
import thinkj.loss.DpoLoss;
import thinkj.loss.GrpoLoss;
import thinkj.loss.SftLoss;
import thinkj.ops.TokenLogProbs;
import thinkj.runtime.GraphRunner;
import thinkj.runtime.Rematerialisation;
import thinkj.runtime.StockSession;

/** The plan against SameDiff's own session, with the same kernels: every output and every gradient is the same to the bit. */
class PlanAgainstSessionTest {
    private static final String TARGETS = "target_ids";

    /** Some layers cheaply, some whole. */
    private static final Rematerialisation WITHIN = new Rematerialisation(50_000);

    private final Random random = new Random(17);

    /** An objective, what it reports, and inputs of its own for a batch of so many targets. */
    private record Case(String name, LossGraph.Objective objective, List<String> outputs, Inputs inputs, boolean tied, Rematerialisation remat) {
        interface Inputs {
            Map<String, INDArray> of(int[] targets, Random random);
        }

        @Override
        public String toString() {
            return name + (tied ? ", tied, " : ", untied, ") + remat.budget();
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (boolean tied : new boolean[] {true, false}) {
            for (Rematerialisation remat : tied ? List.of(Rematerialisation.OFF, Rematerialisation.EVERY_LAYER, WITHIN) : List.of(WITHIN)) {
                cases.add(new Case("sft", SftLoss::define, List.of(SftLoss.LOSS), PlanAgainstSessionTest::sft, tied, remat));
                DpoLoss dpo = new DpoLoss(0.1, 0.5, 0.2);
                List<String> reported = List.of(DpoLoss.LOSS, DpoLoss.PREFERENCE_LOSS, DpoLoss.CHOSEN_REWARDS, LossGraph.LOG_PROBS);
                cases.add(new Case("dpo", dpo::define, reported, PlanAgainstSessionTest::dpo, tied, remat));
                GrpoLoss grpo = new GrpoLoss(0.2, 0.3, Optional.of(3.0), 0.01, 0.05);
                cases.add(new Case("grpo", grpo::define, grpo.outputs(), (targets, random) -> grpo(grpo, targets, random), tied, remat));
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sameBits(Case with) {
        Qwen2Config config = new Qwen2Config(24, 3, 4, 2, 40, 50, 64, 10000, 1e-6, with.tied, Map.of());
        try (Qwen2Model model = new Qwen2Model(config, weights(config))) {
            SameDiff graph = graph(config, with.objective);
            GraphRunner runner = new GraphRunner(graph, new Nd4jKernels(), 1, with.remat);
            runner.differentiate("loss", model.weights().keySet());
            StockSession session = new StockSession(graph, new Nd4jKernels());
            Map<String, INDArray> sums = model.weights().entrySet().stream().collect(
                    LinkedHashMap::new, (map, e) -> map.put(e.getKey(), Nd4j.createUninitialized(DataType.FLOAT, e.getValue().shape())), Map::putAll);
            // The third batch has the first one's shapes and other values, over arrays of its own.
            for (int[][] lengths : new int[][][] {{{9, 4}, {14, 1}}, {{5, 2}, {3, 1}, {11, 10}, {6, 2}}, {{9, 4}, {14, 1}}}) {
                check(with, model, runner, session, lengths, sums);
            }
        }
    }

    /** @param lengths a sequence's length and where its targets begin */
    private void check(Case with, Qwen2Model model, GraphRunner runner, StockSession session, int[][] lengths, Map<String, INDArray> sums) {
        PackedTokens.Builder packed = new PackedTokens.Builder();
        for (int[] length : lengths) {
            packed.add(random.ints(length[0], 0, model.config().vocabSize()).toArray(), length[1]);
        }
        PackedTokens batch = packed.build();
        InputArrays own = new InputArrays();
        Qwen2Graph.fill(own, batch, batch.targetRows(), new RotaryTable(model.config()));
        own.put(TARGETS, batch.targetIds());
        Map<String, INDArray> inputs = new LinkedHashMap<>(own.arrays());
        inputs.putAll(with.inputs.of(Arrays.stream(lengths).mapToInt(length -> length[0] - length[1]).toArray(), random));
        inputs.putAll(model.weights());
        Map<String, INDArray> expected = session.run(inputs, with.outputs);
        Map<String, INDArray> gradients = session.gradients(inputs, model.weights().keySet());

        expected.forEach((name, value) -> same(name, value, runner.run(inputs, with.outputs).get(name)));
        Map<String, INDArray> outputs = runner.gradients(inputs, with.outputs, sums, false);
        expected.forEach((name, value) -> same(name, value, outputs.get(name)));
        gradients.forEach((name, gradient) -> same(name, gradient, sums.get(name)));

        runner.gradients(inputs, with.outputs, sums, true);
        gradients.forEach((name, gradient) -> {
            INDArray twice = gradient.add(gradient);
            if (with.tied && name.equals("model.embed_tokens.weight")) {
                // Two summands are added to the sum one after the other, which rounds otherwise than their sum.
                assertTrue(twice.distance2(sums.get(name)) <= 1e-6 * twice.norm2Number().doubleValue(), name);
            } else {
                same(name, twice, sums.get(name));
            }
        });
    }

    private static void same(String name, INDArray expected, INDArray actual) {
        assertEquals(expected.dataType(), actual.dataType(), name);
        assertEquals(Arrays.toString(expected.shape()), Arrays.toString(actual.shape()), name);
        float[] a = expected.dup('c').data().asFloat();
        float[] b = actual.dup('c').data().asFloat();
        for (int i = 0; i < a.length; i++) {
            assertEquals(Float.floatToRawIntBits(a[i]), Float.floatToRawIntBits(b[i]), name + " at " + i);
        }
    }

    private static SameDiff graph(Qwen2Config config, LossGraph.Objective objective) {
        Qwen2Graph graph = new Qwen2Graph(config, Precision.FP32);
        SDVariable targets = graph.sameDiff().placeHolder(TARGETS, DataType.INT32, -1);
        SDVariable[] scores = TokenLogProbs.of(graph.predicting(), graph.outputWeight(), targets, 0.9);
        objective.define(graph.sameDiff(), scores[0].rename(LossGraph.LOG_PROBS), scores[1].rename(LossGraph.ENTROPY));
        return graph.sameDiff();
    }

    private static Map<String, INDArray> sft(int[] targets, Random random) {
        return SftLoss.inputs(floats(Arrays.stream(targets).sum(), random, 1), 100);
    }

    private static Map<String, INDArray> dpo(int[] targets, Random random) {
        int pairs = targets.length / 2;
        int[] chosen = new int[pairs];
        int[] rejected = new int[pairs];
        for (int p = 0; p < pairs; p++) {
            chosen[p] = targets[2 * p];
            rejected[p] = targets[2 * p + 1];
        }
        return DpoLoss.inputs(chosen, rejected, floats(pairs, random, 30), floats(pairs, random, 30), floats(pairs, random, 1));
    }

    private static Map<String, INDArray> grpo(GrpoLoss loss, int[] targets, Random random) {
        int n = Arrays.stream(targets).sum();
        return loss.inputs(floats(n, random, -4), floats(n, random, -4), floats(n, random, 1), floats(n, random, 0.1f));
    }

    private static float[] floats(int n, Random random, float scale) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = scale * (float) (1 + 0.3 * random.nextGaussian());
        }
        return values;
    }

    private Map<String, INDArray> weights(Qwen2Config config) {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        Qwen2Tensors.of(config).forEach((name, shape) -> {
            INDArray weight = Nd4j.createUninitialized(DataType.FLOAT, shape);
            for (long i = 0; i < weight.length(); i++) {
                weight.data().put(i, (name.endsWith("norm.weight") ? 1 : 0) + 0.2 * random.nextGaussian());
            }
            weights.put(name, weight);
        });
        return weights;
    }
}
