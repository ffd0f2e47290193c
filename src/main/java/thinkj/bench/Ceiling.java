package thinkj.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.Precision;
import thinkj.kernels.onednn.BareProduct;
import thinkj.kernels.onednn.OneDnn;

/**
 * What the machine's matrix products give, at the model's projections and a step's rows, forward: for each shape the fastest of oneDNN
 * (weights as they lie or packed, their columns together or in parts) and OpenBLAS (fp32 alone), and all shapes together by the time
 * that their shares of the work take.
 *
 * <p>Measured again and again, around and between the steps, since a virtual machine's cores change their speed, up to twofold where they
 * share a core of the host's or don't: medians are compared with medians, and the best with the best.
 */
final class Ceiling {
    /** A longer vocabulary is measured by so many of its rows: no step holds all logits at once. */
    private static final long MOST_OUT = 4096;

    /** One short product is at the mercy of the clock: so many nanoseconds of them are timed together. */
    private static final long BATCH_NANOS = 20_000_000;

    /** So long OpenBLAS's threads go on spinning at most, in the way of whatever is timed next. */
    private static final long OPENBLAS_SPINS_NANOS = 100_000_000;

    private final List<Shape> shapes = new ArrayList<>();
    private final Precision precision;

    /** What was measured of a shape: GFLOP/s by library. */
    static final class Shape {
        private final Work.Projection projection;
        private final Map<String, List<Double>> rates = new LinkedHashMap<>();

        Shape(Work.Projection projection) {
            this.projection = projection;
        }

        Work.Projection projection() {
            return projection;
        }

        void note(String library, double rate) {
            rates.computeIfAbsent(library, l -> new ArrayList<>()).add(rate);
        }

        /** The library with the best median. */
        String library() {
            return rates.keySet().stream().max((a, b) -> Double.compare(Timings.median(rates.get(a)), Timings.median(rates.get(b)))).orElseThrow();
        }

        /** That library's median. */
        double median() {
            return Timings.median(rates.get(library()));
        }

        /** The best of any library at any time. */
        double best() {
            return rates.values().stream().flatMap(List::stream).mapToDouble(Double::doubleValue).max().orElseThrow();
        }
    }

    Ceiling(List<Work.Projection> projections, Precision precision) {
        this.precision = precision;
        projections.forEach(projection -> shapes.add(new Shape(projection)));
    }

    List<Shape> shapes() {
        return shapes;
    }

    /** GFLOP/s of all the shapes of a forward pass together, by the medians of their best libraries. */
    double median() {
        return together(shapes, Shape::median);
    }

    /** The same by the best ever seen of each shape. */
    double best() {
        return together(shapes, Shape::best);
    }

    static double together(List<Shape> shapes, ToDoubleFunction<Shape> rate) {
        double work = 0;
        double time = 0;
        for (Shape shape : shapes) {
            work += shape.projection.flops();
            time += shape.projection.flops() / rate.applyAsDouble(shape);
        }
        return work / time;
    }

    /** Measures every shape once more, with the calling thread's number of native threads. */
    void measure() {
        if (OneDnn.problem().isEmpty()) {
            for (BareProduct.Way way : BareProduct.Way.values()) {
                shapes.forEach(shape -> oneDnn(shape, way));
            }
        }
        if (precision == Precision.FP32) {
            shapes.forEach(this::openBlas);
            LockSupport.parkNanos(OPENBLAS_SPINS_NANOS);
        }
    }

    private void oneDnn(Shape shape, BareProduct.Way way) {
        long rows = shape.projection.rows();
        long out = outOf(shape);
        long in = shape.projection.in();
        if (!BareProduct.ways(precision, rows, out, in).contains(way)) {
            return;
        }
        try (BareProduct product = new BareProduct(precision, rows, out, in, way)) {
            shape.note(way.title(), rate(product::run, rows, out, in));
        }
    }

    private static long outOf(Shape shape) {
        return Math.min(shape.projection.out(), MOST_OUT);
    }

    private void openBlas(Shape shape) {
        long rows = shape.projection.rows();
        long out = outOf(shape);
        long in = shape.projection.in();
        Nd4jKernels kernels = new Nd4jKernels();
        try (INDArray x = Nd4j.rand(DataType.FLOAT, rows, in);
                INDArray w = Nd4j.rand(DataType.FLOAT, out, in);
                INDArray y = Nd4j.createUninitialized(DataType.FLOAT, rows, out)) {
            shape.note("OpenBLAS", rate(() -> kernels.linear(x, w, null, null, y), rows, out, in));
        }
    }

    /** GFLOP/s over a batch of products. */
    private static double rate(Runnable product, long rows, long out, long in) {
        product.run();
        long from = System.nanoTime();
        long passed = 0;
        int runs = 0;
        while (passed < BATCH_NANOS) {
            product.run();
            runs++;
            passed = System.nanoTime() - from;
        }
        return 2.0 * rows * out * in * runs / passed;
    }
}
