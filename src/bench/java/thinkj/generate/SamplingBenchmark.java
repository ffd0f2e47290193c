package thinkj.generate;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/** Choosing one token from Qwen2.5's vocabulary: where few tokens are likely, as in a trained model, and where all are, as in a random one. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class SamplingBenchmark {
    private static final int VOCABULARY = 151_936;

    @Param({"greedy", "plain", "temperature", "top-k", "top-p", "top-k and top-p"})
    private String options;

    @Param({"few", "all"})
    private String likely;

    private float[] logits;
    private Sampler sampler;
    private int step;

    /** Fills the logits. */
    @Setup(Level.Trial)
    public void fill() {
        Random random = new Random(1);
        float spread = likely.equals("few") ? 4 : 0.5f;
        logits = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            logits[i] = spread * (float) random.nextGaussian();
        }
        sampler = new Sampler(VOCABULARY, new SamplingOptions(
                options.equals("greedy"), options.equals("temperature") ? 0.7 : 1, options.contains("top-k") ? 50 : 0,
                options.contains("top-p") ? 0.9 : 1, 1, 42, 8, Set.of(), List.of()));
    }

    /** A copy of the logits, which a model's step needs too, and a token. */
    @Benchmark
    public int choose() {
        System.arraycopy(logits, 0, sampler.logits(), 0, VOCABULARY);
        return sampler.choose(null, 0, step++);
    }
}
