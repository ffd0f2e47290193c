package thinkj.kernels.onednn;

import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Precision;

/**
 * A product {@code y = x·wᵀ} of numbers that mean nothing, with nothing around it: what this machine gives, for benchmarks to compare
 * with. Results have the type of the operands.
 */
public final class BareProduct implements AutoCloseable {
    private final Primitive product;
    private final INDArray x;
    private final INDArray w;
    private final INDArray y;

    /** How it is computed. */
    public enum Way {
        AS_IT_LIES("oneDNN"),
        PACKED("oneDNN, packed"),
        IN_PARTS("oneDNN, columns in parts"),
        PACKED_IN_PARTS("oneDNN, packed, columns in parts");

        private final String title;

        Way(String title) {
            this.title = title;
        }

        /** For people to read. */
        public String title() {
            return title;
        }

        private Layout weight(DataType type, long out, long in) {
            boolean packed = this == PACKED || this == PACKED_IN_PARTS;
            return packed ? Layout.packed(type, in, out) : Layout.of(type, out, in).transposed();
        }

        private boolean inParts() {
            return this == IN_PARTS || this == PACKED_IN_PARTS;
        }
    }

    /** The ways that differ for a product. */
    public static List<Way> ways(Precision precision, long rows, long out, long in) {
        DataType type = precision.activations();
        Arrangement arrangement = new Arrangement(new Primitives(), type);
        return Stream.of(Way.values())
                .filter(way -> !way.inParts() || arrangement.parts(rows, way.weight(type, out, in)) > 1)
                .toList();
    }

    /** Of w [out, in], one of its {@link #ways}. */
    public BareProduct(Precision precision, long rows, long out, long in, Way way) {
        Primitives primitives = new Primitives();
        DataType type = precision.activations();
        Layout weight = way.weight(type, out, in);
        Layout all = Layout.of(type, rows, in);
        Layout result = Layout.of(type, rows, out);
        product = way.inParts()
                ? new Arrangement(primitives, type).product(all, weight, null, result, PostOps.NONE)
                : primitives.matMul(all, weight, null, result, PostOps.NONE);
        x = random(primitives, type, product.bytes(0));
        w = random(primitives, type, product.bytes(1));
        y = Nd4j.createUninitialized(type, rows, out);
    }

    /** Numbers in [0, 1): in whatever order, they are a matrix. */
    private static INDArray random(Primitives primitives, DataType type, long bytes) {
        long count = bytes / type.width();
        INDArray array = Nd4j.createUninitialized(type, count);
        try (INDArray values = Nd4j.rand(DataType.FLOAT, count)) {
            primitives.reorder(Layout.of(DataType.FLOAT, count), Layout.of(type, count), PostOps.NONE)
                    .run(Memory.address(values), Memory.address(array));
        }
        return array;
    }

    public void run() {
        product.run(Memory.address(x), Memory.address(w), Memory.address(y));
    }

    @Override
    public void close() {
        x.close();
        w.close();
        y.close();
    }
}
