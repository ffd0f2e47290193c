package thinkj.kernels;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The kernels that work row by row, as a layer of Qwen2.5-0.5B uses them: one token (decoding), a few rows (batched decoding), a training
 * batch; by ND4J's kernels, and by oneDNN's in fp32 and bf16. The embedding has an eighth of the model's rows.
 */
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class KernelsBenchmark extends KernelTimings {
    private static final int HIDDEN = 896;
    private static final int FEED_FORWARD = 4864;
    private static final int VOCABULARY = 18992;
    private static final int HEAD = 64;

    @Param({"1", "8", "512"})
    private int tokens;

    @Param({"nd4j fp32", "onednn fp32", "onednn bf16"})
    private String engine;

    private INDArray stream;
    private INDArray streamGrad;
    private INDArray x;
    private INDArray wide;
    private INDArray gate;
    private INDArray up;
    private INDArray gateGrad;
    private INDArray upGrad;
    private INDArray weight;
    private INDArray weightGrad;
    private INDArray norm;
    private INDArray normGrad;
    private INDArray out;
    private INDArray cos;
    private INDArray sin;
    private INDArray vocabulary;
    private INDArray vocabularyGrad;
    private INDArray ids;

    @Setup(Level.Trial)
    public void allocate() {
        String[] words = engine.split(" ");
        Precision precision = Precision.valueOf(words[1].toUpperCase(Locale.ROOT));
        DataType activations = precision.activations();
        use(Engine.Choice.valueOf(words[0].toUpperCase(Locale.ROOT)), precision);
        NativeThreads.use(NativeThreads.forWidth(HIDDEN));
        stream = random(DataType.FLOAT, tokens, HIDDEN);
        streamGrad = random(DataType.FLOAT, tokens, HIDDEN);
        x = random(activations, tokens, HIDDEN);
        out = random(activations, tokens, HIDDEN);
        wide = random(activations, tokens, FEED_FORWARD);
        gate = random(activations, tokens, FEED_FORWARD);
        up = random(activations, tokens, FEED_FORWARD);
        gateGrad = random(activations, tokens, FEED_FORWARD);
        upGrad = random(activations, tokens, FEED_FORWARD);
        weight = random(DataType.FLOAT, FEED_FORWARD, HIDDEN);
        weightGrad = random(DataType.FLOAT, FEED_FORWARD, HIDDEN);
        norm = random(DataType.FLOAT, HIDDEN);
        normGrad = random(DataType.FLOAT, HIDDEN);
        cos = random(DataType.FLOAT, tokens, HEAD / 2);
        sin = random(DataType.FLOAT, tokens, HEAD / 2);
        vocabulary = random(DataType.FLOAT, VOCABULARY, HIDDEN);
        vocabularyGrad = random(DataType.FLOAT, VOCABULARY, HIDDEN);
        ids = kept(Nd4j.createFromArray(new SplittableRandom(1).ints(tokens, 0, VOCABULARY).toArray()));
    }

    @Benchmark
    public INDArray linear() {
        kernels.linear(x, weight, null, null, wide);
        return wide;
    }

    @Benchmark
    public INDArray linearGrad() {
        kernels.linearGrad(gate, x, weight, streamGrad, false, weightGrad, null, false);
        return weightGrad;
    }

    @Benchmark
    public INDArray rmsNorm() {
        kernels.rmsNorm(stream, norm, 1e-6, x);
        return x;
    }

    @Benchmark
    public INDArray rmsNormGrad() {
        kernels.rmsNormGrad(stream, stream, norm, 1e-6, streamGrad, false, normGrad, false);
        return streamGrad;
    }

    @Benchmark
    public INDArray rotary() {
        kernels.rotary(x, cos, sin, false, out);
        return out;
    }

    @Benchmark
    public INDArray swiGlu() {
        kernels.swiGlu(gate, up, wide);
        return wide;
    }

    @Benchmark
    public INDArray swiGluGrad() {
        kernels.swiGluGrad(wide, gate, up, gateGrad, upGrad);
        return upGrad;
    }

    @Benchmark
    public INDArray gatherRows() {
        kernels.gatherRows(vocabulary, ids, stream);
        return stream;
    }

    @Benchmark
    public INDArray gatherRowsGrad() {
        kernels.gatherRowsGrad(stream, ids, vocabularyGrad, true);
        return vocabularyGrad;
    }
}
