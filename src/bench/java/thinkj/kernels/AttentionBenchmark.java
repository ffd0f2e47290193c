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

/** Attention of a layer of Qwen2.5-0.5B, one sequence or several of the same number of tokens together. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"-Xmx1g", "-Dorg.bytedeco.javacpp.maxphysicalbytes=0"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBenchmark {
    private static final Heads HEADS = new Heads(14, 2, 64);

    @Param({"512", "1024", "2048"})
    private int tokens;

    @Param({"1", "16"})
    private int sequences;

    @Param({"FP32", "BF16"})
    private Precision precision;

    private Engine engine;
    private Kernels kernels;
    private INDArray starts;
    private INDArray q;
    private INDArray k;
    private INDArray v;
    private INDArray out;
    private INDArray dq;
    private INDArray dk;
    private INDArray dv;

    @Setup(Level.Trial)
    public void allocate() {
        CpuNatives.install();
        engine = Engine.of(Engine.Choice.AUTO, precision);
        kernels = engine.kernels();
        int[] borders = new int[sequences + 1];
        for (int i = 0; i <= sequences; i++) {
            borders[i] = i * (tokens / sequences);
        }
        starts = Nd4j.createFromArray(borders);
        q = random(HEADS.query());
        k = random(HEADS.keyValue());
        v = random(HEADS.keyValue());
        out = random(HEADS.query());
        dq = random(HEADS.query());
        dk = random(HEADS.keyValue());
        dv = random(HEADS.keyValue());
    }

    private INDArray random(int heads) {
        return Nd4j.rand(DataType.FLOAT, tokens, (long) heads * HEADS.size()).castTo(precision.activations());
    }

    @TearDown(Level.Trial)
    public void close() {
        for (INDArray array : new INDArray[] {starts, q, k, v, out, dq, dk, dv}) {
            array.close();
        }
        engine.close();
    }

    @Benchmark
    public INDArray forward() {
        kernels.attention(q, k, v, starts, HEADS, out);
        return out;
    }

    @Benchmark
    public INDArray backward() {
        kernels.attentionGrad(out, q, k, v, starts, HEADS, dq, dk, dv);
        return dq;
    }
}
