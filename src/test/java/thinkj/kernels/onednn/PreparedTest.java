package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Precision;

/** Computations prepared for their arrays, against the same ones asked for anew, to the bit. */
class PreparedTest {
    private static final int ROWS = 130;
    private static final int IN = 96;
    private static final int OUT = 64;

    private final Random random = new Random(5);
    private final WeightCopies copies = new WeightCopies();

    @BeforeEach
    void needsOneDnn() {
        assumeTrue(OneDnn.hasBf16(), "needs oneDNN and AVX-512");
    }

    @AfterEach
    void close() {
        copies.close();
    }

    /** Some of everything: several blocks of int8's rows, results of another type than what they are added up in. */
    private final class Layer {
        final OneDnnKernels kernels;
        final INDArray x;
        final INDArray norms;
        final INDArray w;
        final INDArray up;
        final INDArray bias = random(OUT);
        final INDArray residual = random(ROWS, OUT);
        final INDArray scale = random(IN);
        final INDArray stream = random(ROWS, IN);
        final INDArray[] results;

        Layer(Precision precision) {
            kernels = new OneDnnKernels(copies, precision);
            OneDnnPacking packing = new OneDnnPacking(precision);
            DataType type = precision.activations();
            x = random(ROWS, IN).castTo(type);
            w = Matrices.packed(packing, random(OUT, IN));
            up = Matrices.packed(packing, random(OUT, IN));
            norms = Nd4j.create(type, ROWS, IN);
            results = new INDArray[] {Nd4j.create(type, ROWS, OUT), Nd4j.create(DataType.FLOAT, ROWS, OUT), Nd4j.create(type, ROWS, OUT), norms};
        }

        Runnable[] prepared() {
            return new Runnable[] {
                kernels.preparedProject(x, w, bias, null, results[0]),
                kernels.preparedProject(x, w, null, residual, results[1]),
                kernels.preparedGatedProject(x, w, up, results[2]),
                kernels.preparedRmsNorm(stream, scale, 1e-6, norms)
            };
        }

        INDArray[] anew() {
            INDArray[] anew = new INDArray[results.length];
            for (int i = 0; i < anew.length; i++) {
                anew[i] = results[i].ulike();
            }
            kernels.project(x, w, bias, null, anew[0]);
            kernels.project(x, w, null, residual, anew[1]);
            kernels.gatedProject(x, w, up, anew[2]);
            kernels.rmsNorm(stream, scale, 1e-6, anew[3]);
            return anew;
        }

        /** Larger than all before, so that the memory that kernels work in moves. */
        void computeSomethingLarger() {
            INDArray larger = random(4 * ROWS, IN).castTo(x.dataType());
            kernels.gatedProject(larger, w, up, Nd4j.create(x.dataType(), 4 * ROWS, OUT));
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void whatArraysHoldIsReadEveryTime(Precision precision) {
        Layer layer = new Layer(precision);
        Runnable[] prepared = layer.prepared();
        for (int time = 0; time < 5; time++) {
            layer.x.assign(random(ROWS, IN));
            layer.stream.assign(random(ROWS, IN));
            layer.residual.assign(random(ROWS, OUT));
            INDArray[] expected = layer.anew();
            if (time == 3) {
                layer.computeSomethingLarger();
            }
            for (int i = 0; i < prepared.length; i++) {
                prepared[i].run();
                assertEquals(expected[i], layer.results[i], "number " + i + ", time " + time);
            }
        }
    }

    @Test
    void copiesOfWeightsThatChangedAreMadeAnew() {
        OneDnnKernels kernels = new OneDnnKernels(copies, Precision.BF16);
        INDArray x = random(3, IN).castTo(DataType.BFLOAT16);
        INDArray w = random(OUT, IN);
        INDArray actual = Nd4j.create(DataType.FLOAT, 3, OUT);
        INDArray expected = Nd4j.create(DataType.FLOAT, 3, OUT);
        Runnable prepared = kernels.preparedProject(x, w, null, null, actual);
        for (int time = 0; time < 3; time++) {
            w.assign(random(OUT, IN));
            copies.stale();
            prepared.run();
            kernels.project(x, w, null, null, expected);
            assertEquals(expected, actual);
            new OneDnnKernels(new WeightCopies(), Precision.BF16).project(x, w, null, null, expected);
            assertEquals(expected, actual);
        }
    }

    /** A name's memory that grows while an action runs has been elsewhere for what the action did before. */
    @Test
    void whatMovedOnTheWayIsNotComputedAgain() {
        Primitives primitives = new Primitives();
        INDArray small = random(64);
        INDArray large = random(1 << 20);
        INDArray[] results = {small.ulike(), large.ulike()};
        int[] runs = {0};
        Runnable prepared = primitives.prepared(() -> {
            runs[0]++;
            INDArray[] from = {small, large};
            for (int i = 0; i < from.length; i++) {
                Layout layout = Layout.of(DataType.FLOAT, from[i].length());
                long between = primitives.scratch().take("between", from[i].length() * Float.BYTES);
                primitives.reorder(layout, layout, PostOps.NONE).run(Memory.address(from[i]), between);
                primitives.reorder(layout, layout, PostOps.NONE).run(between, Memory.address(results[i]));
            }
        });
        for (int expected : new int[] {1, 2, 2, 2}) {
            small.assign(random(64));
            prepared.run();
            assertEquals(expected, runs[0]);
            assertEquals(small, results[0]);
            assertEquals(large, results[1]);
        }
    }

    @Test
    void nothingIsComputedInMemoryThatWasGivenBack() {
        Layer layer = new Layer(Precision.INT8);
        Runnable[] prepared = layer.prepared();
        prepared[0].run();
        layer.kernels.close();
        assertEquals("these kernels are closed", assertThrows(IllegalStateException.class, prepared[0]::run).getMessage());
    }

    private INDArray random(long... shape) {
        return Matrices.even(random, shape);
    }
}
