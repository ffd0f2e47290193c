package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import thinkj.checkpoint.Architectures;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.BaseFormat;
import thinkj.config.LoraSettings;
import thinkj.io.UserError;
import thinkj.kernels.Precision;
import thinkj.runtime.Rematerialisation;

class TrainingMemoryTest {
    private static final long GIB = 1L << 30;

    /** 3 GiB of weights and 2 of activations, of which 1 is left when every layer is computed again. */
    private static TrainingMemory memory(int lanes) {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("weights", 3 * GIB);
        parts.put("activations", 2 * GIB);
        return new TrainingMemory(parts, GIB, lanes);
    }

    private static TrainingMemory.Saving within(double limit, String asked) {
        return memory(1).within((long) (limit * GIB), ActivationCheckpointing.of(asked), "activation_checkpointing", () -> "would fit: nothing");
    }

    private static void assertRefused(String message, double limit, String asked) {
        assertEquals(message + "\nwould fit: nothing", assertThrows(UserError.class, () -> within(limit, asked)).getMessage());
        assertFalse(memory(1).fits((long) (limit * GIB), ActivationCheckpointing.of(asked)));
    }

    private static TrainingMemory.Saving saving(Rematerialisation how, double activations, double limit, String words) {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("weights", 3 * GIB);
        parts.put("activations", (long) (activations * GIB));
        return new TrainingMemory.Saving(how, parts, (long) (limit * GIB), words);
    }

    @Test
    void activationsThatMemoryCannotHoldAreComputedASecondTime() {
        assertEquals(saving(Rematerialisation.OFF, 2, 5, "nothing is computed twice: 2.0 GiB are allowed (auto)"), within(5, "auto"));
        assertEquals(
                saving(new Rematerialisation(3 * GIB / 2), 1.5, 4.5,
                        "at most, in place of 2.0 GiB: some are computed again, since memory leaves no more (auto)"),
                within(4.5, "auto"));
        assertEquals(9 * GIB / 2, within(4.5, "auto").bytes());
        assertEquals(new Rematerialisation(GIB), within(4, "auto").how());
    }

    @Test
    void aSizeIsKeptWhereMemoryWouldHoldMore() {
        TrainingMemory.Saving kept = within(9, "auto:1500MB");
        assertEquals(new Rematerialisation(1_500_000_000L), kept.how());
        assertEquals(3 * GIB + 1_500_000_000L, kept.bytes());
        assertEquals("at most, in place of 2.0 GiB: some are computed again, as set (auto:1500MB)", kept.words());
        assertEquals(new Rematerialisation(GIB + GIB / 4), within(4.25, "auto:1500MB").how());
        assertEquals(Rematerialisation.OFF, within(9, "auto:3GB").how());
        assertRefused("activation_checkpointing: auto:1GB, must be at least 1.0 GiB, the activations that are left when every layer is "
                + "computed again", 9, "auto:1GB");
    }

    @Test
    void whatIsSetIsDone() {
        assertEquals("nothing is computed twice, as set", within(5, "off").words());
        TrainingMemory.Saving layers = within(9, "layers");
        assertEquals(Rematerialisation.EVERY_LAYER, layers.how());
        assertEquals(saving(Rematerialisation.EVERY_LAYER, 1, 9, "in place of 2.0 GiB: every layer is computed again, as set"), layers);
    }

    @Test
    void aRunThatMemoryCannotHoldIsRefused() {
        for (String asked : new String[] {"auto", "layers", "auto:9GB"}) {
            assertRefused("training takes about 4.0 GiB outside the Java heap, the limit is 3.0 GiB:\n  weights: 3.0 GiB\n"
                    + "  activations: 1.0 GiB", 3, asked);
        }
        assertRefused("training takes about 5.0 GiB outside the Java heap, the limit is 4.0 GiB:\n  weights: 3.0 GiB\n"
                + "  activations: 2.0 GiB", 4, "off");
    }

    /** Each of them has an arena of its own. */
    @Test
    void microBatchesAtTheSameTimeShareTheBudget() {
        assertEquals(new Rematerialisation(3 * GIB / 4),
                memory(2).within(9 * GIB / 2, ActivationCheckpointing.AUTO, "key", () -> "").how());
        Qwen2Config config = new Qwen2Config(128, 4, 4, 2, 384, 381, 256, 1e6, 1e-6, true, Map.of());
        TrainingMemory one = TrainingMemory.of(config, Precision.FP32, Optional.empty(), 512, 512, 1);
        TrainingMemory three = TrainingMemory.of(config, Precision.FP32, Optional.empty(), 512, 512, 3);
        for (String part : new String[] {"gradients", "activations", "exponentials"}) {
            assertEquals(3 * one.parts().get(part), three.parts().get(part), part);
        }
        assertEquals(one.parts().get("AdamW state"), three.parts().get("AdamW state"));
        assertEquals(3 * one.leastActivations(), three.leastActivations());
    }

    @Test
    void anAdapterOf7bFitsWhereAllWeightsDoNot() {
        Qwen2Config config = Architectures.of("qwen2.5-7b");
        LoraSettings lora = new LoraSettings(16, 32, 0.05, LoraSettings.MODULES, BaseFormat.BF16);
        TrainingMemory beside = TrainingMemory.of(config, Precision.BF16, Optional.of(lora), 1024, 416, 1);
        assertTrue(beside.fits(20 * GIB, ActivationCheckpointing.AUTO));
        assertFalse(beside.fits(14 * GIB, ActivationCheckpointing.AUTO));
        assertEquals("[Knob[key=lora.base, values=[int8]]]", TrainedModel.knobs(Optional.of(lora)).toString());
        LoraSettings smaller = new LoraSettings(16, 32, 0.05, LoraSettings.MODULES, BaseFormat.INT8);
        assertTrue(TrainingMemory.of(config, Precision.BF16, Optional.of(smaller), 1024, 416, 1).fits(14 * GIB, ActivationCheckpointing.AUTO));
        assertFalse(TrainingMemory.of(config, Precision.BF16, Optional.empty(), 1024, 416, 1).fits(100 * GIB, ActivationCheckpointing.AUTO));
    }
}
