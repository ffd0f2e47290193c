package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.Golden;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.Aggregation;
import thinkj.config.BaseFormat;
import thinkj.config.LoraSettings;
import thinkj.data.PairSequences;
import thinkj.data.TrainingSequence;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.loss.DpoLoss;
import thinkj.loss.GrpoLoss;
import thinkj.loss.SftLoss;
import thinkj.model.PackedTokens;
import thinkj.model.Qwen2Model;
import thinkj.runtime.Rematerialisation;
import thinkj.train.PreferenceGradient.Pair;

/**
 * What must not change a step's gradient, for every objective and with both kernels: how its examples are cut into micro-batches, whether
 * they are packed with others, whether activations are kept or computed again.
 */
class TrainingInvariantsTest {
    /** Of a step's gradient, by norm: sums of fp32 terms in another order. */
    private static final double OTHER_ORDER = 1e-6;

    private static final Optional<Integer> NO_LIMIT = Optional.empty();

    /** The gradient of one optimiser step over the examples below. */
    private enum Objective {
        SFT {
            @Override
            double gradient(Qwen2Model model, int microBatchSize, Optional<Integer> microBatchTokens, Gradients to) {
                List<TrainingSequence> data = sequences();
                int[] window = EpochOrder.straight(data.size());
                long labelled = SftBatch.labelled(data, window);
                List<int[]> portions = MicroBatches.cut(window, SftBatch.lengths(data), microBatchSize, microBatchTokens);
                try (MicroBatchLanes lanes = new MicroBatchLanes(model, 1, SftLoss::define)) {
                    return lanes.learn(1, portions, to, i -> "portion " + i, (graph, own, i) -> {
                                PackedTokens batch = SftBatch.packed(data, portions.get(i));
                                Map<String, INDArray> inputs = SftBatch.inputs(batch, labelled);
                                return own.collect(graph, batch, inputs, SftLoss.LOSS).get(SftLoss.LOSS).getDouble(0);
                            })
                            .stream().mapToDouble(Double::doubleValue).sum();
                }
            }
        },
        DPO {
            @Override
            double gradient(Qwen2Model model, int microBatchSize, Optional<Integer> microBatchTokens, Gradients to) {
                List<TrainingSequence> data = sequences();
                List<Pair> pairs = new ArrayList<>();
                for (int i = 0; i + 1 < data.size(); i += 2) {
                    pairs.add(new Pair(new PairSequences(data.get(i), data.get(i + 1)), "pair " + i, -30 - i, -32 + i));
                }
                try (PreferenceGradient gradient = new PreferenceGradient(model, new DpoLoss(0.1, 1, 0), microBatchSize, microBatchTokens)) {
                    return gradient.accumulate(pairs, 1, to).stream().mapToDouble(PreferenceGradient.Numbers::preferenceLoss).sum();
                }
            }
        },
        GRPO {
            @Override
            double gradient(Qwen2Model model, int microBatchSize, Optional<Integer> microBatchTokens, Gradients to) {
                Random random = new Random(23);
                List<Experience> answers = sequences().stream()
                        .map(sequence -> new Experience(
                                "answer", sequence, random.nextGaussian(), near(sequence.labelled(), random), near(sequence.labelled(), random)))
                        .toList();
                GrpoLoss loss = new GrpoLoss(0.2, 0.28, Optional.of(3.0), 0.01, 0.05);
                try (PolicyGradient gradient =
                        new PolicyGradient(model, 0.9, loss, Aggregation.TOKEN_MEAN, microBatchSize, microBatchTokens)) {
                    return gradient.accumulate(answers, 1, to).stream().mapToDouble(share -> share.get(GrpoLoss.LOSS)).sum();
                }
            }
        };

        abstract double gradient(Qwen2Model model, int microBatchSize, Optional<Integer> microBatchTokens, Gradients to);
    }

    /** Log-probabilities about those of a model that knows nothing, which has some of forty tokens to choose from. */
    private static float[] near(int tokens, Random random) {
        float[] values = new float[tokens];
        for (int t = 0; t < tokens; t++) {
            values[t] = (float) (-6.2 + 0.3 * random.nextGaussian());
        }
        return values;
    }

    /** Sequences of lengths that are no multiples of each other. */
    private static List<TrainingSequence> sequences() {
        Random random = new Random(19);
        List<TrainingSequence> data = new ArrayList<>();
        for (int length : new int[] {3, 9, 1, 14, 6, 2, 5, 11}) {
            data.add(TrainingSequence.of(random.ints(5, 0, 40).toArray(), random.ints(length, 0, 40).toArray()));
        }
        return data;
    }

    static Stream<Arguments> objectivesAndKernels() {
        return Stream.of(Objective.values()).flatMap(objective ->
                Stream.of(Engine.Choice.AUTO, Engine.Choice.ND4J).map(kernels -> Arguments.of(objective, kernels)));
    }

    private record Result(double loss, Map<String, double[]> gradients) {
        /** By norm over all parameters. */
        double distance(Result other) {
            double missed = 0;
            double size = 0;
            for (Map.Entry<String, double[]> entry : gradients.entrySet()) {
                double[] others = other.gradients.get(entry.getKey());
                for (int i = 0; i < others.length; i++) {
                    double here = entry.getValue()[i];
                    missed += (here - others[i]) * (here - others[i]);
                    size += here * here;
                }
            }
            return Math.sqrt(missed / size);
        }
    }

    private static Qwen2Model model(Engine.Choice kernels) {
        HfCheckpoint checkpoint = HfCheckpoint.open(Golden.path("qwen2-tiny-tied"));
        return new Qwen2Model(checkpoint.config(), checkpoint.load(), Engine.of(kernels, Precision.FP32));
    }

    private static Result run(Qwen2Model model, Objective objective, int microBatchSize, Optional<Integer> microBatchTokens) {
        try (Gradients gradients = new Gradients(model.trainable())) {
            double loss = objective.gradient(model, microBatchSize, microBatchTokens, gradients);
            return new Result(loss, GoldenTraining.copy(gradients.arrays()));
        }
    }

    @ParameterizedTest
    @MethodSource("objectivesAndKernels")
    void oneByOneIsAllAtOnceIsPackedByTokens(Objective objective, Engine.Choice kernels) {
        try (Qwen2Model model = model(kernels)) {
            Result whole = run(model, objective, 8, NO_LIMIT);
            for (Result cut : List.of(run(model, objective, 1, NO_LIMIT), run(model, objective, 3, NO_LIMIT), run(model, objective, 8, Optional.of(32)))) {
                assertEquals(whole.loss, cut.loss, OTHER_ORDER * Math.abs(whole.loss));
                assertTrue(whole.distance(cut) <= OTHER_ORDER, "relative distance of the gradients: " + whole.distance(cut));
            }
        }
    }

    /** What is dropped hangs on a sequence's place in the step, not on its company. */
    @ParameterizedTest
    @MethodSource("objectivesAndKernels")
    void thatHoldsUnderAnAdaptersDropout(Objective objective, Engine.Choice kernels) {
        try (Qwen2Model model = adapted(kernels, 0.3); Qwen2Model without = adapted(kernels, 0)) {
            Result whole = run(model, objective, 8, NO_LIMIT);
            for (Result cut : List.of(run(model, objective, 1, NO_LIMIT), run(model, objective, 3, NO_LIMIT), run(model, objective, 8, Optional.of(32)))) {
                assertEquals(whole.loss, cut.loss, OTHER_ORDER * Math.abs(whole.loss));
                assertTrue(whole.distance(cut) <= OTHER_ORDER, "relative distance of the gradients: " + whole.distance(cut));
            }
            assertTrue(whole.distance(run(without, objective, 8, NO_LIMIT)) > 0.1, "something is dropped");
        }
    }

    private static Qwen2Model adapted(Engine.Choice kernels, double dropout) {
        LoraSettings lora = new LoraSettings(4, 8, dropout, LoraSettings.MODULES, BaseFormat.FP32);
        HfCheckpoint checkpoint = HfCheckpoint.open(Golden.path("qwen2-tiny-tied"));
        Qwen2Model model = TrainedModel.load(checkpoint, Optional.of(lora), 5, Engine.of(kernels, Precision.FP32));
        Random values = new Random(2);
        model.trainable().values().forEach(array -> {
            for (long i = 0; i < array.length(); i++) {
                array.data().put(i, 0.1 * values.nextGaussian());
            }
        });
        model.weightsChanged();
        return model;
    }

    @ParameterizedTest
    @MethodSource("objectivesAndKernels")
    void computedAgainOrKeptGradientsAreTheSameBits(Objective objective, Engine.Choice kernels) {
        try (Qwen2Model model = model(kernels)) {
            Result kept = run(model, objective, 4, NO_LIMIT);
            model.saveMemory(Rematerialisation.EVERY_LAYER);
            Result again = run(model, objective, 4, NO_LIMIT);
            assertEquals(kept.loss, again.loss);
            kept.gradients.forEach((name, values) -> assertArrayEquals(values, again.gradients.get(name), name));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Engine.Choice.class, names = {"AUTO", "ND4J"})
    void aSequencesLogProbabilitiesAreTheSameInAnyCompany(Engine.Choice kernels) {
        try (Qwen2Model model = model(kernels)) {
            List<TrainingSequence> data = sequences();
            float[][] alone = new TokenScorer(model, 1, 1, NO_LIMIT).logProbs(data);
            for (float[][] packed : List.of(
                    new TokenScorer(model, 1, 8, NO_LIMIT).logProbs(data), new TokenScorer(model, 1, 8, Optional.of(32)).logProbs(data))) {
                for (int i = 0; i < alone.length; i++) {
                    for (int t = 0; t < alone[i].length; t++) {
                        assertEquals(alone[i][t], packed[i][t], OTHER_ORDER * Math.abs(alone[i][t]), "sequence " + i + ", token " + t);
                    }
                }
            }
        }
    }
}
