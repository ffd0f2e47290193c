package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.ConfigLoader;
import thinkj.config.GrpoConfig;
import thinkj.config.SftConfig;

class FittingTest {
    private static final String REST = "; or take a smaller model, or raise THINKJ_OFFHEAP where the machine has more";
    private static final SftConfig CONFIG =
            ConfigLoader.load(Path.of("configs/qwen2.5-0.5b/sft-judge.yaml"), List.of("micro_batch_size=8", "activation_checkpointing=off"), SftConfig.class);
    private static final List<Fitting.Knob> KNOBS = List.of(
            new Fitting.Knob("activation_checkpointing", List.of("auto", "layers")),
            new Fitting.Knob("micro_batch_size", Fitting.halves(8, 1)));

    private static String advice(Predicate<SftConfig> fits) {
        return Fitting.advice(CONFIG, KNOBS, fits);
    }

    private static boolean layers(SftConfig config) {
        return config.activationCheckpointing().kind() == ActivationCheckpointing.Kind.LAYERS;
    }

    @Test
    void eachSettingThatIsEnoughIsNamedWithTheValueThatChangesLeast() {
        assertEquals("would fit: activation_checkpointing: layers, or micro_batch_size: 2" + REST,
                advice(config -> layers(config) || config.microBatchSize() <= 2));
        assertEquals("would fit: micro_batch_size: 4" + REST, advice(config -> config.microBatchSize() <= 4));
    }

    @Test
    void severalTogetherWhereNoneIsEnough() {
        assertEquals("would fit: activation_checkpointing: layers and micro_batch_size: 4" + REST,
                advice(config -> layers(config) && config.microBatchSize() <= 4));
    }

    @Test
    void nothingIsPromisedThatDoesNotHelp() {
        assertEquals("no setting makes it fit" + REST, advice(config -> false));
    }

    @Test
    void valuesThatTheConfigRefusesAreNotProposed() {
        GrpoConfig config = ConfigLoader.load(Path.of("configs/qwen2.5-0.5b/grpo.yaml"), List.of("batch.n=6", "batch.micro_batch_size=6"), GrpoConfig.class);
        // 256 prompts of 6 answers can be cut by 3 and by 2, not by 5 or 7.
        Fitting.Knob knob = new Fitting.Knob("batch.micro_batch_size", List.of("5", "7", "3", "2"));
        assertEquals("would fit: batch.micro_batch_size: 3" + REST, Fitting.advice(config, List.of(knob), other -> true));
    }

    @Test
    void halvesGoDownToTheLeast() {
        assertEquals(List.of("8", "4", "2", "1"), Fitting.halves(16, 1));
        assertEquals(List.of("4096", "3000"), Fitting.halves(8192, 3000));
        assertEquals(List.of(), Fitting.halves(1, 1));
    }
}
