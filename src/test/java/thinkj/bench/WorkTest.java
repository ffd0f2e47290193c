package thinkj.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import thinkj.checkpoint.Architectures;
import thinkj.checkpoint.Qwen2Config;

class WorkTest {
    /** D 8, 2 layers, 2 heads of 4, 1 of keys and values, F 12, V 20. */
    private static final Qwen2Config TIED = new Qwen2Config(8, 2, 2, 1, 12, 20, 64, 10000, 1e-6, true);

    private static final Qwen2Config UNTIED = new Qwen2Config(8, 2, 2, 1, 12, 20, 64, 10000, 1e-6, false);

    /** q, k, v with biases, o, gate, up, down, two norms; twice; then the last norm. */
    private static final long LAYERS = 2 * (8 * 8 + 8 + 2 * (4 * 8 + 4) + 8 * 8 + 3 * 8 * 12 + 2 * 8) + 8;

    private static final long VOCABULARY = 20 * 8;

    @Test
    void theOutputProjectionCountsOnceAndTheInputEmbeddingNever() {
        assertEquals(LAYERS + VOCABULARY, Work.parameters(TIED));
        assertEquals(LAYERS + VOCABULARY, Work.parameters(UNTIED));
        assertEquals(494032768, Work.parameters(Architectures.of("qwen2.5-0.5b")));
    }

    @Test
    void theSmallShapeHasAboutFiftyMillion() {
        // Of a layer: 2 · (512² + 512 · 128) + 3 · 512 · 2816 products, 512 + 2 · 128 biases, 2 · 512 in norms.
        assertEquals(8 * (2 * (262144 + 65536) + 3 * 1441792 + 768 + 1024) + 512 + 20480 * 512, Work.parameters(Architectures.of("50m")));
        assertEquals(50, Math.round(Work.parameters(Architectures.of("50m")) / 1e6));
    }

    @Test
    void sixOperationsForwardAndBackwardTwoForward() {
        double n = LAYERS + VOCABULARY;
        assertEquals(6 * n * 2 * 5, Work.flops(Task.TRAIN, TIED, 5, 2));
        assertEquals(2 * n * 2 * 5, Work.flops(Task.SCORE, TIED, 5, 2));
    }

    @Test
    void aPromptsLastTokenAloneGoesBeyondTheLastAttention() {
        long behind = 8 * 8 + 3 * 8 * 12;
        assertEquals(2 * ((LAYERS - behind) * 2 * 5 + (behind + VOCABULARY) * 2), Work.flops(Task.PREFILL, TIED, 5, 2));
    }

    @Test
    void projectionsAreAllOfTheWorkButBiasesAndNorms() {
        long others = 2 * (8 + 2 * 4 + 2 * 8) + 8;
        for (Task task : Task.values()) {
            List<Work.Projection> projections = Work.projections(task, TIED, 5, 2);
            double sum = projections.stream().mapToDouble(Work.Projection::flops).sum();
            double forward = Work.flops(task, TIED, 5, 2) / (task == Task.TRAIN ? 3 : 1);
            assertEquals(forward - 2 * others * 10, sum, task.toString());
            assertTrue(projections.stream().limit(4).allMatch(projection -> projection.rows() == 10));
        }
    }
}
