package thinkj.kernels;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.io.UserError;
import thinkj.kernels.onednn.OneDnn;
import thinkj.kernels.onednn.OneDnnKernels;
import thinkj.kernels.onednn.OneDnnPacking;
import thinkj.kernels.onednn.WeightCopies;

/** What one model's graphs compute with: the kernels, the precision, and copies of the weights that the kernels of all graphs share. */
public final class Engine implements AutoCloseable {

    /** Which kernels are asked for. */
    public enum Choice {
        /** oneDNN's where they run, ND4J's elsewhere. */
        AUTO,
        ONEDNN,
        ND4J
    }

    private final Precision precision;
    private final Function<WeightCopies, Kernels> kernels;
    private final Packing packing;
    private final boolean sameInAnyCompany;
    private final String description;
    private final WeightCopies copies = new WeightCopies();

    /**
     * @param kernels makes what a graph computes with, for each graph anew; must be good for the precision
     * @param description for people
     */
    public Engine(Precision precision, Function<WeightCopies, Kernels> kernels, String description) {
        this(precision, kernels, Packing.NONE, false, description);
    }

    private Engine(
            Precision precision, Function<WeightCopies, Kernels> kernels, Packing packing, boolean sameInAnyCompany, String description) {
        this.precision = precision;
        this.kernels = kernels;
        this.packing = packing;
        this.sameInAnyCompany = sameInAnyCompany;
        this.description = description;
    }

    /** @throws UserError where this machine has no such kernels in this precision */
    public static Engine of(Choice choice, Precision precision) {
        Optional<String> problem = choice == Choice.ND4J ? Optional.of("as asked for") : OneDnn.problem();
        if (choice == Choice.ONEDNN && problem.isPresent()) {
            throw new UserError("kernels: onednn, must be auto or nd4j on this machine: " + problem.get());
        }
        String types = precision.name().toLowerCase(Locale.ROOT);
        if (precision != Precision.FP32 && (problem.isPresent() || !OneDnn.hasBf16())) {
            throw new UserError("precision: " + types + ", must be fp32 here: "
                    + (choice == Choice.ND4J ? "the nd4j kernels have no other" : problem.orElse("this CPU has no AVX-512")));
        }
        return problem.isPresent()
                ? new Engine(precision, copies -> new Nd4jKernels(), "ND4J, " + types + " (" + problem.get() + ")")
                : new Engine(
                        precision, copies -> new OneDnnKernels(copies, precision), new OneDnnPacking(precision), precision == Precision.FP32,
                        OneDnn.version() + ", " + types);
    }

    /** fp32, by the fastest kernels that run here. */
    public static Engine standard() {
        return of(Choice.AUTO, Precision.FP32);
    }

    public Precision precision() {
        return precision;
    }

    /**
     * Whether a generated token is the same, to the bit, whatever is computed beside it: oneDNN adds up fp32 products of few rows and of
     * many in one order. Those of bf16 operands it cuts along the sum where that keeps all cores busy, which depends on the number of rows;
     * OpenBLAS promises nothing.
     */
    public boolean sameInAnyCompany() {
        return sameInAnyCompany;
    }

    /** For one graph, which is one thread's. */
    public Kernels kernels() {
        return kernels.apply(copies);
    }

    /** How generation's weights are to lie. */
    public Packing packing() {
        return packing;
    }

    /**
     * Hands in values of a weight that the calling thread has just written, {@code count} in C order, before {@link #weightsChanged} is
     * called. Who hands in each value once saves copies' being made anew, which takes a pass over all weights.
     */
    public void weightWritten(INDArray weight, long from, long count) {
        copies.wrote(weight, from, count);
    }

    /** Says that weights have changed; to be called while no graph of the model runs. */
    public void weightsChanged() {
        copies.stale();
    }

    /** Such as {@code oneDNN 3.11.0, bf16} or {@code ND4J, fp32 (why not oneDNN)}. */
    public String description() {
        return description;
    }

    @Override
    public void close() {
        copies.close();
    }
}
