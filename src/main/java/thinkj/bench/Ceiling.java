package thinkj.bench;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.kernels.Nd4jKernels;
import thinkj.kernels.Precision;
import thinkj.kernels.onednn.BareProduct;
import thinkj.kernels.onednn.OneDnn;

/**
 * What the machine's matrix products give, at the model's projections and a step's rows, forward: for each shape the fastest that
 * oneDNN (weights as they lie, or packed) and OpenBLAS (fp32 alone) were seen to be, and all shapes together by the time that their
 * shares of the work take. Measured several times, around the steps; the best counts.
 */
final class Ceiling {
    /** A longer vocabulary is measured by so many of its rows: no step holds all logits at once. */
    private static final long MOST_OUT = 8192;

    private static final long MEASURED_NANOS = 100_000_000;
    private static final int LEAST_RUNS = 3;

    private final List<Best> best = new ArrayList<>();
    private final Precision precision;

    /** The fastest product of a shape so far. */
    static final class Best {
        private final Work.Projection projection;
        private double gflops;
        private String library = "none";

        Best(Work.Projection projection) {
            this.projection = projection;
        }

        Work.Projection projection() {
            return projection;
        }

        double gflops() {
            return gflops;
        }

        String library() {
            return library;
        }

        private void note(String candidate, double rate) {
            if (rate > gflops) {
                gflops = rate;
                library = candidate;
            }
        }
    }

    Ceiling(List<Work.Projection> projections, Precision precision) {
        this.precision = precision;
        projections.forEach(projection -> best.add(new Best(projection)));
    }

    /** By shape. */
    List<Best> products() {
        return best;
    }

    /** All of a forward pass's work by the time that it takes at the best rates. */
    double gflops() {
        double work = 0;
        double time = 0;
        for (Best shape : best) {
            work += shape.projection.flops();
            time += shape.projection.flops() / shape.gflops;
        }
        return work / time;
    }

    /** Measures every shape once more, with the calling thread's number of native threads. */
    void measure() {
        for (Best shape : best) {
            long rows = shape.projection.rows();
            long out = Math.min(shape.projection.out(), MOST_OUT);
            long in = shape.projection.in();
            if (OneDnn.problem().isEmpty()) {
                oneDnn(shape, rows, out, in, false);
                oneDnn(shape, rows, out, in, true);
            }
            if (precision == Precision.FP32) {
                openBlas(shape, rows, out, in);
            }
        }
    }

    private void oneDnn(Best shape, long rows, long out, long in, boolean packed) {
        try (BareProduct product = new BareProduct(precision, rows, out, in, packed)) {
            shape.note(packed ? "oneDNN, packed" : "oneDNN", rate(product::run, rows, out, in));
        }
    }

    private void openBlas(Best shape, long rows, long out, long in) {
        Nd4jKernels kernels = new Nd4jKernels();
        try (INDArray x = Nd4j.rand(DataType.FLOAT, rows, in);
                INDArray w = Nd4j.rand(DataType.FLOAT, out, in);
                INDArray y = Nd4j.createUninitialized(DataType.FLOAT, rows, out)) {
            shape.note("OpenBLAS", rate(() -> kernels.linear(x, w, null, null, y), rows, out, in));
        }
    }

    /** GFLOP/s of the fastest of several runs. */
    private static double rate(Runnable product, long rows, long out, long in) {
        product.run();
        long fastest = Long.MAX_VALUE;
        long started = System.nanoTime();
        for (int run = 0; run < LEAST_RUNS || System.nanoTime() - started < MEASURED_NANOS; run++) {
            long from = System.nanoTime();
            product.run();
            fastest = Math.min(fastest, System.nanoTime() - from);
        }
        return 2.0 * rows * out * in / fastest;
    }
}
