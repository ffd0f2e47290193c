package thinkj.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import thinkj.io.UserError;
import thinkj.kernels.onednn.OneDnn;

class EngineTest {

    @Test
    void autoTakesTheFastestThatRunsHere() {
        try (Engine engine = Engine.of(Engine.Choice.AUTO, Precision.FP32)) {
            assertEquals(OneDnn.problem().isEmpty() ? "onednn" : "nd4j", engine.kernels().name());
            assertTrue(engine.description().matches("(oneDNN [0-9.]+, fp32|ND4J, fp32 \\(.+\\))"), engine.description());
        }
    }

    @Test
    void nd4jRunsEverywhereInFp32Alone() {
        try (Engine engine = Engine.of(Engine.Choice.ND4J, Precision.FP32)) {
            assertEquals("nd4j", engine.kernels().name());
            assertEquals("ND4J, fp32 (as asked for)", engine.description());
        }
        UserError refusal = assertThrows(UserError.class, () -> Engine.of(Engine.Choice.ND4J, Precision.BF16));
        assertEquals("precision: bf16, must be fp32 here: the nd4j kernels have no other", refusal.getMessage());
    }

    @Test
    void bf16IsThereOrRefusedWithTheReason() {
        if (OneDnn.hasBf16()) {
            try (Engine engine = Engine.of(Engine.Choice.AUTO, Precision.BF16)) {
                assertEquals("onednn", engine.kernels().name());
                assertTrue(engine.description().endsWith(", bf16"), engine.description());
            }
        } else {
            String message = assertThrows(UserError.class, () -> Engine.of(Engine.Choice.AUTO, Precision.BF16)).getMessage();
            assertTrue(message.startsWith("precision: bf16, must be fp32 here: "), message);
        }
    }
}
