package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class WeightCopiesTest {
    private final INDArray weight = Nd4j.linspace(DataType.FLOAT, -3, 0.37, 15).reshape(3, 5);

    @BeforeEach
    void needsOneDnn() {
        assumeTrue(OneDnn.problem().isEmpty(), () -> "needs oneDNN: " + OneDnn.problem().orElseThrow());
    }

    @Test
    void roundsOnceAndAgainWhenStale() {
        try (WeightCopies copies = new WeightCopies()) {
            Primitives primitives = new Primitives();
            INDArray copy = copies.bf16(weight, primitives);
            assertEquals(weight.castTo(DataType.BFLOAT16), copy);
            INDArray before = copy.dup();
            weight.addi(1);
            assertEquals(before, copies.bf16(weight, primitives), "nobody said that the weight has changed");
            copies.stale();
            assertSame(copy, copies.bf16(weight, primitives), "the same memory serves again");
            assertEquals(weight.castTo(DataType.BFLOAT16), copy);
        }
    }

    /** Memory of a closed weight serves another: its copy is none of the other's, and may not have room for it. */
    @Test
    void anotherWeightInTheSamePlaceHasACopyOfItsOwn() {
        try (WeightCopies copies = new WeightCopies()) {
            Primitives primitives = new Primitives();
            INDArray larger = Nd4j.linspace(DataType.FLOAT, -3, 0.37, 40).reshape(5, 8);
            INDArray smaller = larger.reshape(40).get(NDArrayIndex.interval(0, 15)).reshape(3, 5);
            assertEquals(Memory.address(larger), Memory.address(smaller));
            copies.bf16(smaller, primitives);
            copies.wrote(larger, 0, 40);
            assertEquals(larger.castTo(DataType.BFLOAT16), copies.bf16(larger, primitives));
            assertEquals(smaller.castTo(DataType.BFLOAT16), copies.bf16(smaller, primitives));
        }
    }

    /** Or another array would come to lie in its place, and be given its copy. */
    @Test
    void aWeightOfWhichThereIsACopyIsNotCollected() {
        try (WeightCopies copies = new WeightCopies()) {
            Primitives primitives = new Primitives();
            WeakReference<INDArray> kept = copied(copies::bf16, primitives);
            WeakReference<INDArray> packed = copied(copies::packed, primitives);
            System.gc();
            assertNotNull(kept.get());
            assertNotNull(packed.get());
        }
    }

    private static WeakReference<INDArray> copied(BiConsumer<INDArray, Primitives> copy, Primitives primitives) {
        INDArray weight = Nd4j.linspace(DataType.FLOAT, -3, 0.37, 15).reshape(3, 5);
        copy.accept(weight, primitives);
        return new WeakReference<>(weight);
    }

    @Test
    void valuesHandedInAreNotRoundedAgain() {
        try (WeightCopies copies = new WeightCopies()) {
            Primitives primitives = new Primitives();
            INDArray copy = copies.bf16(weight, primitives);
            weight.addi(1);
            copies.wrote(weight, 0, 4);
            copies.wrote(weight, 4, 11);
            INDArray written = weight.castTo(DataType.BFLOAT16);
            assertEquals(written, copy);
            copies.stale();
            weight.addi(1);
            assertEquals(written, copies.bf16(weight, primitives), "it was current, and nobody has said that the weight has changed since");
            copies.stale();
            assertEquals(weight.castTo(DataType.BFLOAT16), copies.bf16(weight, primitives));
        }
    }

    @Test
    void copiesOfWhatWasHandedInInPartAreMadeAnew() {
        try (WeightCopies copies = new WeightCopies()) {
            Primitives primitives = new Primitives();
            copies.bf16(weight, primitives);
            weight.addi(1);
            copies.wrote(weight, 0, 14);
            copies.stale();
            assertEquals(weight.castTo(DataType.BFLOAT16), copies.bf16(weight, primitives));
            weight.addi(1);
            copies.stale();
            copies.wrote(weight, 0, 15);
            copies.stale();
            assertEquals(weight.castTo(DataType.BFLOAT16), copies.bf16(weight, primitives), "it was stale, and is not written to");
        }
    }

    @Test
    void eachWeightHasItsOwn() {
        try (WeightCopies copies = new WeightCopies()) {
            Primitives primitives = new Primitives();
            assertNotSame(copies.bf16(weight, primitives), copies.bf16(weight.dup(), primitives));
        }
    }

    @Test
    void threadsShareOneCopyAndSeeItWhole() {
        try (WeightCopies copies = new WeightCopies()) {
            INDArray large = Nd4j.rand(DataType.FLOAT, 300, 700);
            for (int round = 0; round < 5; round++) {
                large.addi(0.1);
                copies.stale();
                INDArray expected = large.castTo(DataType.BFLOAT16);
                List<INDArray> seen = IntStream.range(0, 8).parallel()
                        .mapToObj(i -> copies.bf16(large, new Primitives()))
                        .toList();
                assertTrue(seen.stream().allMatch(copy -> copy == seen.get(0)));
                assertEquals(expected, seen.get(0));
            }
        }
    }

    @Test
    void closingGivesTheMemoryBack() {
        WeightCopies copies = new WeightCopies();
        INDArray copy = copies.bf16(weight, new Primitives());
        copies.close();
        assertTrue(copy.wasClosed());
    }
}
