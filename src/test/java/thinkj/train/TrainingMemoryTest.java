package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ActivationCheckpointing;
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
        return memory(1).within((long) (limit * GIB), ActivationCheckpointing.of(asked), "activation_checkpointing", "micro_batch_size");
    }

    private static void assertRefused(String message, double limit, String asked) {
        assertEquals(message, assertThrows(UserError.class, () -> within(limit, asked)).getMessage());
    }

    @Test
    void activationsThatMemoryCannotHoldAreComputedASecondTime() {
        assertEquals(new TrainingMemory.Saving(Rematerialisation.OFF, 5 * GIB, 5 * GIB,
                "2.0 GiB, nothing is computed twice: 2.0 GiB are allowed (auto)"), within(5, "auto"));
        assertEquals(new TrainingMemory.Saving(new Rematerialisation(3 * GIB / 2), 9 * GIB / 2, 9 * GIB / 2,
                "within 1.5 GiB in place of 2.0 GiB, some are computed again: memory leaves no more (auto)"), within(4.5, "auto"));
        assertEquals(new Rematerialisation(GIB), within(4, "auto").how());
    }

    @Test
    void aSizeIsKeptWhereMemoryWouldHoldMore() {
        assertEquals(new TrainingMemory.Saving(new Rematerialisation(1_500_000_000L), 3 * GIB + 1_500_000_000L, 9 * GIB,
                "within 1.4 GiB in place of 2.0 GiB, some are computed again: as set (auto:1500MB)"), within(9, "auto:1500MB"));
        assertEquals(new Rematerialisation(GIB + GIB / 4), within(4.25, "auto:1500MB").how());
        assertEquals(Rematerialisation.OFF, within(9, "auto:3GB").how());
        assertRefused("activation_checkpointing: auto:1GB, must be at least 1.0 GiB, the activations that are left when every layer is "
                + "computed again; raise it, or lower micro_batch_size", 9, "auto:1GB");
    }

    @Test
    void whatIsSetIsDone() {
        assertEquals("2.0 GiB, nothing is computed twice, as set", within(5, "off").words());
        TrainingMemory.Saving layers = within(9, "layers");
        assertEquals(Rematerialisation.EVERY_LAYER, layers.how());
        assertEquals("memory about 4.0 GiB outside the Java heap, the limit is 9.0 GiB\n"
                + "activations 1.0 GiB in place of 2.0 GiB, every layer is computed again, as set\n", layers.lines("%s %s%n"));
    }

    @Test
    void aRunThatMemoryCannotHoldIsRefused() {
        String tail = "lower micro_batch_size, take a smaller model, or raise THINKJ_OFFHEAP where the machine has more:\n"
                + "  weights: 3.0 GiB\n  activations: ";
        for (String asked : new String[] {"auto", "layers", "auto:9GB"}) {
            assertRefused("training takes about 4.0 GiB outside the Java heap, the limit is 3.0 GiB; " + tail + "1.0 GiB", 3, asked);
        }
        assertRefused("training takes about 5.0 GiB outside the Java heap, the limit is 3.0 GiB; " + tail + "2.0 GiB", 3, "off");
        assertRefused("training takes about 5.0 GiB outside the Java heap, the limit is 4.0 GiB; set activation_checkpointing to auto, "
                + tail + "2.0 GiB", 4, "off");
    }

    /** Each of them has an arena of its own. */
    @Test
    void microBatchesAtTheSameTimeShareTheBudget() {
        assertEquals(new Rematerialisation(3 * GIB / 4),
                memory(2).within(9 * GIB / 2, ActivationCheckpointing.AUTO, "key", "lower").how());
        Qwen2Config config = new Qwen2Config(128, 4, 4, 2, 384, 381, 256, 1e6, 1e-6, true, Map.of());
        TrainingMemory one = TrainingMemory.of(config, Precision.FP32, 512, 1);
        TrainingMemory three = TrainingMemory.of(config, Precision.FP32, 512, 3);
        for (String part : new String[] {"gradients", "activations", "exponentials"}) {
            assertEquals(3 * one.parts().get(part), three.parts().get(part), part);
        }
        assertEquals(one.parts().get("AdamW state"), three.parts().get("AdamW state"));
        assertEquals(3 * one.leastActivations(), three.leastActivations());
    }
}
