package thinkj.kernels;

import java.util.concurrent.TimeUnit;
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

/** The kernels a layer of Qwen2.5-0.5B spends its time in: one token (decoding), a few rows (batched decoding), a training batch. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"-Xmx1g", "-Dorg.bytedeco.javacpp.maxphysicalbytes=0"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class KernelsBenchmark {
    private static final int HIDDEN = 896;
    private static final int FEED_FORWARD = 4864;

    @Param({"1", "8", "512"})
    private int tokens;

    private Kernels kernels;
    private INDArray x;
    private INDArray weight;
    private INDArray gate;
    private INDArray up;
    private INDArray activated;
    private INDArray norm;
    private INDArray normed;

    @Setup(Level.Trial)
    public void allocate() {
        CpuNatives.install();
        kernels = new Nd4jKernels();
        x = Nd4j.rand(tokens, HIDDEN);
        weight = Nd4j.rand(FEED_FORWARD, HIDDEN);
        gate = Nd4j.rand(tokens, FEED_FORWARD);
        up = Nd4j.rand(tokens, FEED_FORWARD);
        activated = Nd4j.create(tokens, FEED_FORWARD);
        norm = Nd4j.rand(HIDDEN);
        normed = Nd4j.create(tokens, HIDDEN);
    }

    @TearDown(Level.Trial)
    public void close() {
        for (INDArray array : new INDArray[] {x, weight, gate, up, activated, norm, normed}) {
            array.close();
        }
    }

    @Benchmark
    public INDArray linear() {
        kernels.linear(x, weight, null, null, gate);
        return gate;
    }

    @Benchmark
    public INDArray swiGlu() {
        kernels.swiGlu(gate, up, activated);
        return activated;
    }

    @Benchmark
    public INDArray rmsNorm() {
        kernels.rmsNorm(x, norm, 1e-6, normed);
        return normed;
    }
}
