package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.CheckpointSettings;
import thinkj.config.DecayGroup;
import thinkj.config.FollowedSettings;
import thinkj.config.KernelsSetting;
import thinkj.config.OptimizerSettings;
import thinkj.config.PrecisionSetting;
import thinkj.config.ScheduleKind;
import thinkj.config.SftConfig;
import thinkj.config.Truncation;
import thinkj.config.WeightFormat;
import thinkj.data.Located;
import thinkj.data.TrainingSequence;
import thinkj.io.Folders;
import thinkj.io.JsonLines;
import thinkj.model.Qwen2Model;

/** Whole runs on a tiny model. */
class SftLoopTest {
    private static final String MODEL = "qwen2-tiny-tied";
    private static final FollowedSettings NONE = new FollowedSettings(Optional.empty(), Optional.of(List.of()), 0, 8);

    @TempDir
    Path folder;

    private int runs;

    private SftConfig config(int batch, int micro, Optional<Integer> microTokens, int epochs, OptimizerSettings optimizer) {
        return new SftConfig(
                Path.of("model"), List.of(Path.of("data.json")), folder.resolve("run" + runs++), 64, Truncation.ERROR, Optional.empty(), epochs, Optional.empty(),
                batch, micro, microTokens, 42, true, false, PrecisionSetting.FP32, KernelsSetting.AUTO, ActivationCheckpointing.AUTO, Optional.empty(), optimizer, 1, 0, NONE, Optional.empty(), 3,
                new CheckpointSettings(2, 0, 0, 1, Optional.empty(), Optional.empty(), WeightFormat.F32));
    }

    private static OptimizerSettings optimizer(double rate) {
        return new OptimizerSettings(rate, ScheduleKind.COSINE, 0, 0, 0.9, 0.999, 1e-8, 0, DecayGroup.ALL, 1);
    }

    /** Sequences of different lengths with few enough tokens that a tiny model can learn them by heart. */
    private static List<TrainingSequence> sequences(int count) {
        Random random = new Random(7);
        List<TrainingSequence> data = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] prompt = random.ints(3 + i % 4, 0, 40).toArray();
            int[] answer = random.ints(2 + i % 5, 0, 40).toArray();
            data.add(TrainingSequence.of(prompt, answer));
        }
        return data;
    }

    private record Result(List<JsonNode> metrics, Map<String, double[]> weights, List<Integer> done) {
        double[] losses() {
            return metrics.stream().mapToDouble(line -> line.get("loss").doubleValue()).toArray();
        }
    }

    private Result run(SftConfig config, List<TrainingSequence> data, List<TrainingSequence> heldOut) {
        List<Integer> done = new ArrayList<>();
        ExamplePlan plan = ExamplePlan.of(config, data);
        try (Qwen2Model model = GoldenModel.open(MODEL);
                RunDirectory run = open(config);
                Checkpointer checkpointer = checkpointer(run, config, model, plan, done::add)) {
            new SftLoop(model, config, plan, located("data.json", data), located("eval.json", heldOut), run, checkpointer).run();
            List<JsonNode> metrics = new ArrayList<>();
            JsonLines.readAll(config.output().resolve("metrics.jsonl").toString()).forEach(row -> metrics.add(row.json()));
            return new Result(metrics, GoldenTraining.copy(model.weights()), done);
        }
    }

    private static Located<TrainingSequence> located(String file, List<TrainingSequence> data) {
        return new Located<>(data, IntStream.rangeClosed(1, data.size()).mapToObj(line -> file + ":" + line).toList());
    }

    private static RunDirectory open(SftConfig config) {
        RunStart start = RunStart.of(config.output(), config, RunOptions.STANDARD);
        return RunDirectory.open(start, new RunDirectory.Contents("checkpoint-", "data"));
    }

    /** Saves what going on needs, beside a model's folder that is empty. */
    private static Checkpointer checkpointer(RunDirectory run, SftConfig config, Qwen2Model model, ExamplePlan plan, IntConsumer answers) {
        SavedModel emptyFolder = new SavedModel() {
            @Override
            public void write(Path folder) {
                Folders.create(folder);
            }

            @Override
            public long bytes() {
                return 0;
            }

            @Override
            public boolean exact() {
                return false;
            }
        };
        return new Checkpointer(run, new Checkpointer.Parts(
                config.checkpoints(), model, emptyFolder, answers, plan.stepsPerEpoch(), plan.totalSteps()));
    }

    @Test
    void lossFalls() {
        SftConfig config = config(4, 4, Optional.empty(), 20, optimizer(1e-2));
        Result result = run(config, sequences(8), sequences(10));
        double[] losses = result.losses();
        assertEquals(40, losses.length);
        assertTrue(losses[39] < 0.1 * losses[0], "eight short texts can be learnt by heart: " + losses[0] + " → " + losses[39]);
        assertTrue(result.metrics().get(2).has("eval_loss"));
        assertFalse(result.metrics().get(3).has("eval_loss"));
        assertEquals(IntStream.rangeClosed(0, 40).boxed().toList(), result.done(), "the start model, and every step");
        assertTrue(Files.exists(config.output().resolve("checkpoint-40")));
        assertFalse(Files.exists(config.output().resolve("checkpoint-38")), "one checkpoint is kept");
    }

    @Test
    void theCutIntoMicroBatchesChangesNothing() {
        List<TrainingSequence> data = sequences(11);
        Result whole = run(config(8, 8, Optional.empty(), 2, optimizer(1e-3)), data, List.of());
        Result oneByOne = run(config(8, 1, Optional.empty(), 2, optimizer(1e-3)), data, List.of());
        Result byTokens = run(config(8, 8, Optional.of(20), 2, optimizer(1e-3)), data, List.of());
        // fp32 sums in another order; Adam's first steps lift the rounding of the smallest gradients up to the rate (see the goldens)
        assertArrayEquals(whole.losses(), oneByOne.losses(), 1e-4);
        assertArrayEquals(whole.losses(), byTokens.losses(), 1e-4);
        double moved = GoldenTraining.way(start(), whole.weights());
        assertTrue(GoldenTraining.way(whole.weights(), oneByOne.weights()) < 1e-3 * moved);
        assertTrue(GoldenTraining.way(whole.weights(), byTokens.weights()) < 1e-3 * moved);
    }

    private static Map<String, double[]> start() {
        try (Qwen2Model model = GoldenModel.open(MODEL)) {
            return GoldenTraining.copy(model.weights());
        }
    }

    @Test
    void aRunCanBeRepeated() {
        List<TrainingSequence> data = sequences(6);
        Result first = run(config(2, 1, Optional.empty(), 2, optimizer(1e-3)), data, List.of());
        Result again = run(config(2, 1, Optional.empty(), 2, optimizer(1e-3)), data, List.of());
        assertArrayEquals(first.losses(), again.losses());
        first.weights().forEach((name, values) -> assertArrayEquals(values, again.weights().get(name), name));
    }

    @Test
    void maxStepsTakeTheEpochsPlace() {
        SftConfig base = config(4, 4, Optional.empty(), 1, optimizer(1e-3));
        SftConfig config = new SftConfig(
                base.model(), base.data(), base.output(), 64, Truncation.ERROR, Optional.empty(), 1, Optional.of(5), 4, 4, Optional.empty(), 42, false, false, PrecisionSetting.FP32, KernelsSetting.AUTO, ActivationCheckpointing.AUTO, Optional.empty(),
                base.optimizer(), 2, 0, NONE, Optional.empty(), 3, base.checkpoints());
        Result result = run(config, sequences(6), List.of());
        assertEquals(List.of(2, 4, 5), result.metrics().stream().map(line -> line.get("step").asInt()).toList());
        assertEquals(2.5, result.metrics().get(2).get("epoch").doubleValue());
    }

    @Test
    void lossThatIsNotFiniteStopsTheRun() {
        SftConfig config = config(4, 2, Optional.empty(), 1, optimizer(1e-3));
        List<TrainingSequence> data = sequences(4);
        ExamplePlan plan = ExamplePlan.of(config, data);
        try (Qwen2Model model = GoldenModel.open(MODEL);
                RunDirectory run = open(config);
                Checkpointer checkpointer = checkpointer(run, config, model, plan, step -> {})) {
            model.weights().get("model.norm.weight").putScalar(0, Float.NaN);
            SftLoop loop = new SftLoop(model, config, plan, located("data.json", data), Located.none(), run, checkpointer);
            RunFailed failure = assertThrows(RunFailed.class, loop::run);
            int[] order = EpochOrder.shuffled(4, 42, 0);
            assertEquals(
                    "step 1: the loss is NaN (data.json:" + (order[0] + 1) + ", data.json:" + (order[1] + 1)
                            + "); not finite first: model.norm.weight, which is not finite to begin with (1 of "
                            + model.weights().get("model.norm.weight").length() + " numbers)",
                    failure.getMessage());
        }
    }

    @Test
    void aGradientThatIsNotFiniteIsTracedToItsRowsAndNode() {
        SftConfig config = config(2, 1, Optional.empty(), 1, optimizer(1e-3));
        List<TrainingSequence> data = sequences(2);
        ExamplePlan plan = ExamplePlan.of(config, data);
        try (Qwen2Model model = GoldenModel.open(MODEL);
                RunDirectory run = open(config);
                Checkpointer checkpointer = checkpointer(run, config, model, plan, to -> {})) {
            // So large that their products with the loss's gradient overflow, but not those with the hidden states.
            model.weights().get("model.embed_tokens.weight").assign(3e38);
            SftLoop loop = new SftLoop(model, config, plan, located("data.json", data), Located.none(), run, checkpointer);
            String message = assertThrows(RunFailed.class, loop::run).getMessage();
            int first = EpochOrder.shuffled(2, 42, 0)[0];
            assertTrue(message.matches("step 1: the gradient of model\\.[a-z0-9_.]+ and \\d+ more is not finite \\(data.json:" + (first + 1)
                    + "\\); not finite first: lm_head, backward"), message);
        }
    }

    @Test
    void evaluationThatIsNotFiniteNamesItsRows() {
        try (Qwen2Model model = GoldenModel.open(MODEL);
                SftGradient gradient = new SftGradient(model, located("data.json", sequences(1)), 2, Optional.empty())) {
            assertTrue(gradient.evaluate(located("eval.json", sequences(3))) > 0);
            model.weights().get("model.layers.0.self_attn.k_proj.bias").putScalar(3, Float.POSITIVE_INFINITY);
            String message = assertThrows(NotFinite.class, () -> gradient.evaluate(located("eval.json", sequences(2)))).getMessage();
            assertTrue(message.startsWith("the loss of the evaluation data is NaN (eval.json:1, eval.json:2); not finite first: "
                    + "model.layers.0.self_attn.k_proj.bias, which is not finite to begin with (1 of "), message);
        }
    }
}
