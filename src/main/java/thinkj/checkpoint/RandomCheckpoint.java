package thinkj.checkpoint;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Makes a checkpoint with fresh weights by HF's rules: linear and embedding weights from N(0, {@code initializer_range}²), biases 0, norms
 * 1. Weights are drawn while they are written, so that no model need fit into memory; the same seed gives the same bytes on any machine.
 */
public final class RandomCheckpoint {
    /** Numbers that one generator draws; the writer asks for multiples of it. */
    private static final int BLOCK = 4096;

    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    private RandomCheckpoint() {}

    /**
     * Writes a checkpoint folder.
     *
     * @param tokenizerSource a folder whose tokenizer files are copied, or null
     * @param progress told how many more numbers were written
     */
    public static void write(
            Path folder,
            Qwen2Config config,
            GenerationConfig generation,
            long seed,
            SaveOptions options,
            Path tokenizerSource,
            LongConsumer progress) {
        Map<String, TensorSource> sources = new LinkedHashMap<>();
        Qwen2Tensors.of(config).forEach((name, shape) -> {
            TensorSource source = source(name, sources.size(), seed, (float) config.initializerRange());
            sources.put(name, (first, into, count) -> {
                source.read(first, into, count);
                progress.accept(count);
            });
        });
        new CheckpointWriter(folder, options).write(config, generation, sources, tokenizerSource);
    }

    private static TensorSource source(String name, int position, long seed, float deviation) {
        if (name.endsWith("norm.weight")) {
            return (first, into, count) -> Arrays.fill(into, 0, count, 1f);
        }
        if (name.endsWith(".bias")) {
            return (first, into, count) -> Arrays.fill(into, 0, count, 0f);
        }
        long tensorSeed = new SplittableRandom(seed + GOLDEN_RATIO * position).nextLong();
        return (first, into, count) -> IntStream.range(0, (count + BLOCK - 1) / BLOCK).parallel().forEach(block -> {
            int from = block * BLOCK;
            normal(new SplittableRandom(tensorSeed + (first + from) / BLOCK), deviation, into, from, Math.min(from + BLOCK, count));
        });
    }

    /** Marsaglia's polar method, in arithmetic that is the same on every machine. */
    private static void normal(SplittableRandom random, float deviation, float[] into, int from, int to) {
        for (int i = from; i < to; i += 2) {
            double x;
            double y;
            double square;
            do {
                x = 2 * random.nextDouble() - 1;
                y = 2 * random.nextDouble() - 1;
                square = x * x + y * y;
            } while (square >= 1 || square == 0);
            double scale = deviation * Math.sqrt(-2 * StrictMath.log(square) / square);
            into[i] = (float) (x * scale);
            if (i + 1 < to) {
                into[i + 1] = (float) (y * scale);
            }
        }
    }
}
