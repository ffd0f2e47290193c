package thinkj.kernels;

import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Attention of a layer of Qwen2.5-0.5B, one sequence or several of the same number of tokens together. */
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AttentionBenchmark extends KernelTimings {
    private static final Heads HEADS = new Heads(14, 2, 64);

    @Param({"512", "1024", "2048"})
    private int tokens;

    @Param({"1", "16"})
    private int sequences;

    @Param({"FP32", "BF16"})
    private Precision precision;

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
        use(Engine.Choice.AUTO, precision);
        int[] borders = new int[sequences + 1];
        for (int i = 0; i <= sequences; i++) {
            borders[i] = i * (tokens / sequences);
        }
        starts = kept(Nd4j.createFromArray(borders));
        q = random(HEADS.query());
        k = random(HEADS.keyValue());
        v = random(HEADS.keyValue());
        out = random(HEADS.query());
        dq = random(HEADS.query());
        dk = random(HEADS.keyValue());
        dv = random(HEADS.keyValue());
    }

    private INDArray random(int heads) {
        return random(precision.activations(), tokens, (long) heads * HEADS.size());
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
