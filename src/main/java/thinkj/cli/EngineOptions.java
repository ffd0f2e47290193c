package thinkj.cli;

import java.util.OptionalLong;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import thinkj.generate.Generator;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;

/** What a command that generates computes with, and how much memory its KV cache may take. */
final class EngineOptions {

    @Option(names = "--precision", defaultValue = "fp32", paramLabel = "fp32|bf16|int8",
            description = "Weights and what matrix products take; int8: weights in int8 with a scale for each output, the rest as bf16 "
                    + "(default: ${DEFAULT-VALUE}).")
    private Precision precision;

    @Option(names = "--kernels", defaultValue = "auto", paramLabel = "auto|onednn|nd4j",
            description = "auto: onednn where it runs (default: ${DEFAULT-VALUE}).")
    private Engine.Choice kernels;

    @Mixin
    private CacheMemoryOption cache;

    /** The caller's to close, or its model's. */
    Engine engine() {
        return Engine.of(kernels, precision);
    }

    Generator.Limits limits(int rows) {
        return new Generator.Limits(rows, cacheBytes());
    }

    /** Empty for what is left. */
    OptionalLong cacheBytes() {
        return cache.bytes();
    }
}
