package thinkj.kernels;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import thinkj.device.CpuNatives;

/**
 * Log-probabilities over the vocabulary of Qwen2.5-0.5B: the result alone, as for scoring, with entropies, and the result with its
 * gradient. Beside the one product of the result, a gradient has two.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"-Xmx1g", "-Dorg.bytedeco.javacpp.maxphysicalbytes=0"})
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class TokenLogProbsBenchmark {
    private static final int VOCABULARY = 151936;
    private static final int HIDDEN = 896;

    @Param({"128", "512"})
    private int targets;

    @Param({"FP32", "BF16"})
    private Precision precision;

    private Engine engine;
    private Kernels kernels;
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
        CpuNatives.install();
        engine = Engine.of(Engine.Choice.AUTO, precision);
        kernels = engine.kernels();
        h = Nd4j.rand(DataType.FLOAT, targets, HIDDEN).castTo(precision.activations());
        w = Nd4j.rand(DataType.FLOAT, VOCABULARY, HIDDEN).subi(0.5).muli(0.1);
        ids = Nd4j.arange(targets).muli(289).castTo(DataType.INT32);
        logProbs = Nd4j.create(DataType.FLOAT, targets);
        entropy = Nd4j.create(DataType.FLOAT, targets);
        dLogProbs = Nd4j.ones(DataType.FLOAT, targets);
        dEntropy = Nd4j.zeros(DataType.FLOAT, targets);
        dh = Nd4j.create(DataType.FLOAT, targets, HIDDEN);
        dw = Nd4j.create(DataType.FLOAT, VOCABULARY, HIDDEN);
    }

    @TearDown(Level.Trial)
    public void close() {
        for (INDArray array : new INDArray[] {h, w, ids, logProbs, entropy, dLogProbs, dEntropy, dh, dw}) {
            array.close();
        }
        engine.close();
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
