package thinkj.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.Qwen2Config;

/** Whole models: what a batch's company, cut and weights may change, and what they may not. */
class LossGraphTest {
    private final Qwen2Config config = new Qwen2Config(24, 2, 4, 2, 40, 50, 64, 10000, 1e-6, true, Map.of());
    private final Qwen2Model model = new Qwen2Model(config, TestModels.weights(config));
    private final Random random = new Random(5);

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void companyInABatchChangesNothing() {
        int[][] sequences = {ids(9), ids(1), ids(14), ids(5)};
        LossGraph graph = new LossGraph(model, 1, null);
        PackedTokens.Builder together = new PackedTokens.Builder();
        float[] alone = {};
        for (int[] sequence : sequences) {
            together.add(sequence, 1);
            if (sequence.length > 1) {
                float[] one = graph.logProbs(new PackedTokens.Builder().add(sequence, 1).build());
                int before = alone.length;
                alone = Arrays.copyOf(alone, before + one.length);
                System.arraycopy(one, 0, alone, before, one.length);
            }
        }
        // Products over more rows may round differently, nothing else.
        assertArrayEquals(alone, graph.logProbs(together.build()), 5e-6f);
    }

    @Test
    void tokensBehindTheLastSequenceRoundTheirNumber() {
        PackedTokens batch = new PackedTokens.Builder().add(new int[] {7, 8, 9}, 1).add(new int[] {4, 5}, 1).build();
        PackedTokens rounded = batch.rounded();
        assertEquals(32, rounded.tokens());
        assertArrayEquals(new int[] {0, 3, 32}, rounded.sequenceStarts());
        assertArrayEquals(new int[] {7, 8, 9, 4, 5, 0, 0}, Arrays.copyOf(rounded.ids(), 7));
        assertArrayEquals(new int[] {0, 1, 2, 0, 1, 2, 3}, Arrays.copyOf(rounded.positions(), 7));
        assertArrayEquals(batch.targetRows(), rounded.targetRows());
        assertArrayEquals(batch.targetIds(), rounded.targetIds());
        for (int[] numbers : new int[][] {{1, 32}, {32, 32}, {33, 64}, {1024, 1024}, {1025, 1088}, {3000, 3072}}) {
            assertEquals(numbers[1], new PackedTokens.Builder().add(new int[numbers[0]], 1).build().rounded().tokens());
        }
    }

    @Test
    void gradientsOfTwoBatchesAddUpToTheGradientOfBoth() {
        int[] first = ids(7);
        int[] second = ids(12);
        LossGraph graph = new LossGraph(model, 1, (sd, logProbs, entropy) -> logProbs.neg().sum("loss"));
        Map<String, INDArray> apart = zeros();
        graph.gradients(new PackedTokens.Builder().add(first, 3).build(), Map.of(), apart, false);
        graph.gradients(new PackedTokens.Builder().add(second, 1).build(), Map.of(), apart, true);
        Map<String, INDArray> together = zeros();
        graph.gradients(new PackedTokens.Builder().add(first, 3).add(second, 1).build(), Map.of(), together, false);
        together.forEach((name, gradient) -> assertTrue(
                gradient.distance2(apart.get(name)) <= 1e-5 * (1e-3 + gradient.norm2Number().doubleValue()), name));
    }

    @Test
    void everyParameterHasTheGradientOfItsDifferences() {
        PackedTokens batch = new PackedTokens.Builder().add(ids(6), 2).add(ids(4), 1).build();
        LossGraph graph = new LossGraph(
                model, 0.8, (sd, logProbs, entropy) -> logProbs.neg().mean().sub("loss", entropy.mean().mul(0.3)));
        Map<String, INDArray> gradients = zeros();
        graph.gradients(batch, Map.of(), gradients, false);
        gradients.forEach((name, gradient) -> {
            INDArray weight = model.weights().get(name);
            INDArray direction = direction(weight.shape());
            float step = 1e-2f;
            weight.addi(direction.mul(step));
            double above = loss(graph, batch);
            weight.subi(direction.mul(2 * step));
            double below = loss(graph, batch);
            weight.addi(direction.mul(step));
            double slope = (above - below) / (2 * step);
            double expected = gradient.mul(direction).sumNumber().doubleValue();
            // fp32 losses of order 4 are known to 5e-7, over a step of 2e-2; curvature adds the rest.
            assertEquals(expected, slope, 2e-3 + 2e-2 * Math.abs(expected), name);
        });
    }

    @Test
    void graphsOverOneModelRunSideBySide() throws Exception {
        PackedTokens batch = new PackedTokens.Builder().add(ids(20), 1).add(ids(11), 1).build();
        float[] expected = new LossGraph(model, 1, null).logProbs(batch);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<Void>> runs = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                LossGraph graph = new LossGraph(model, 1, null);
                runs.add(threads.submit(() -> {
                    for (int j = 0; j < 20; j++) {
                        assertArrayEquals(expected, graph.logProbs(batch));
                    }
                    return null;
                }));
            }
            for (Future<Void> run : runs) {
                run.get(1, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void temperatureDividesTheLogits() {
        PackedTokens batch = new PackedTokens.Builder().add(ids(8), 1).build();
        float[] cold = new LossGraph(model, 0.5, null).logProbs(batch);
        model.weights().get("model.norm.weight").muli(2);
        assertArrayEquals(new LossGraph(model, 1, null).logProbs(batch), cold, 1e-5f);
    }

    @Test
    void aBatchWithoutTargetsIsRefused() {
        LossGraph graph = new LossGraph(model, 1, null);
        PackedTokens batch = new PackedTokens.Builder().add(ids(3), 3).build();
        Exception refused = assertThrows(IllegalArgumentException.class, () -> graph.logProbs(batch));
        assertEquals("a batch must have at least one target", refused.getMessage());
    }

    private static double loss(LossGraph graph, PackedTokens batch) {
        return graph.forward(batch, Map.of(), "loss").get("loss").getDouble(0);
    }

    private INDArray direction(long... shape) {
        INDArray direction = Nd4j.createUninitialized(DataType.FLOAT, shape);
        for (long i = 0; i < direction.length(); i++) {
            direction.data().put(i, random.nextGaussian());
        }
        return direction.divi(direction.norm2Number());
    }

    private Map<String, INDArray> zeros() {
        Map<String, INDArray> zeros = new LinkedHashMap<>();
        model.weights().forEach((name, weight) -> zeros.put(name, Nd4j.zeros(DataType.FLOAT, weight.shape())));
        return zeros;
    }

    private int[] ids(int length) {
        return random.ints(length, 0, config.vocabSize()).toArray();
    }
}
