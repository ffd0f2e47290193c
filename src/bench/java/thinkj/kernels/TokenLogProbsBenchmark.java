package thinkj.kernels;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Log-probabilities over the vocabulary of Qwen2.5-0.5B: the result alone, as for scoring, with entropies, and the result with its
 * gradient. Beside the one product of the result, a gradient has two.
 */
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class TokenLogProbsBenchmark extends KernelTimings {
    private static final int VOCABULARY = 151936;
    private static final int HIDDEN = 896;

    @Param({"128", "512"})
    private int targets;

    @Param({"FP32", "BF16"})
    private Precision precision;

    private INDArray h;
    private INDArray w;
    private INDArray ids;
    private INDArray logProbs;
    private INDArray entropy;
    private INDArray dLogProbs;
    private INDArray dEntropy;
    private INDArray dh;
    private INDArray dw;

    @Setup(Level.Trial)
    public void allocate() {
        use(Engine.Choice.AUTO, precision);
        h = random(precision.activations(), targets, HIDDEN);
        w = random(DataType.FLOAT, VOCABULARY, HIDDEN).muli(0.1);
        ids = kept(Nd4j.arange(targets).muli(289).castTo(DataType.INT32));
        logProbs = kept(Nd4j.create(DataType.FLOAT, targets));
        entropy = kept(Nd4j.create(DataType.FLOAT, targets));
        dLogProbs = kept(Nd4j.ones(DataType.FLOAT, targets));
        dEntropy = kept(Nd4j.zeros(DataType.FLOAT, targets));
        dh = kept(Nd4j.create(DataType.FLOAT, targets, HIDDEN));
        dw = kept(Nd4j.create(DataType.FLOAT, VOCABULARY, HIDDEN));
    }

    @Benchmark
    public INDArray result() {
        kernels.tokenLogProbs(h, w, ids, 1, logProbs, null);
        return logProbs;
    }

    @Benchmark
    public INDArray resultWithEntropies() {
        kernels.tokenLogProbs(h, w, ids, 1, logProbs, entropy);
        return entropy;
    }

    @Benchmark
    public INDArray resultAndGradient() {
        kernels.tokenLogProbs(h, w, ids, 1, logProbs, null);
        kernels.tokenLogProbsGrad(dLogProbs, dEntropy, h, w, ids, 1, dh, dw, false);
        return dh;
    }
}
