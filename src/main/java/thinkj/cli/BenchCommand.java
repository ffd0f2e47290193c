package thinkj.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import thinkj.bench.Benchmark;
import thinkj.bench.Figures;
import thinkj.bench.Task;
import thinkj.checkpoint.Architectures;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ActivationCheckpointing;
import thinkj.io.Json;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;

/** {@code thinkj bench}: how fast this machine trains, scores or reads prompts, and what part of its own matrix products that is. */
@Command(
        name = "bench",
        description = {
            "Times training, scoring or prompt reading with random weights, one step to warm up first, beside bare matrix products of "
                    + "the same shapes.",
            "train: forward and backward, all parameters; score: forward with token log-probabilities; prefill: forward into a KV cache "
                    + "with the last token's logits."
        })
public final class BenchCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "train|score|prefill", description = "What a step does.")
    private Task task;

    @Option(names = "--shape", required = true, paramLabel = "NAME|DIR",
            description = "50m, qwen2.5-0.5b or another name that init knows, a config.json, or a checkpoint folder (its architecture alone).")
    private String shape;

    @Option(names = "--tokens", required = true, paramLabel = "T", description = "Tokens of each sequence.")
    private int tokens;

    @Option(names = "--batch", defaultValue = "1", paramLabel = "B", description = "Sequences in a step (${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--precision", defaultValue = "fp32", paramLabel = "fp32|bf16", description = "What is computed in (${DEFAULT-VALUE}).")
    private Precision precision;

    @Option(names = "--kernels", defaultValue = "auto", paramLabel = "auto|onednn|nd4j",
            description = "auto: onednn where it runs (${DEFAULT-VALUE}).")
    private Engine.Choice kernels;

    @Option(names = "--remat", defaultValue = "off", converter = CheckpointingConverter.class, paramLabel = "off|layers|auto[:SIZE]",
            description = "For train, as activation_checkpointing in its configs: compute every layer again for its backward pass, or as much "
                    + "as it takes to stay within this machine's memory, or within SIZE, such as 2GB (${DEFAULT-VALUE}).")
    private ActivationCheckpointing checkpointing;

    @Option(names = "--steps", defaultValue = "" + Benchmark.LEAST_STEPS, paramLabel = "N", description = "Steps to time (${DEFAULT-VALUE}).")
    private int steps;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new BenchCommand(), arguments);
    }

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        Figures figures = new Benchmark(task, shape, architecture(), tokens, batch, precision, kernels, checkpointing, steps)
                .run(doing -> err.println("bench: " + doing));
        PrintWriter out = spec.commandLine().getOut();
        out.print(json ? Json.line(figures.json()) + "\n" : figures.table());
        out.flush();
        return 0;
    }

    private Qwen2Config architecture() {
        Path config = Path.of(shape).resolve("config.json");
        return Architectures.of(Files.isRegularFile(config) ? config.toString() : shape);
    }

    /** The values of the configs' activation_checkpointing. */
    static final class CheckpointingConverter implements ITypeConverter<ActivationCheckpointing> {
        @Override
        public ActivationCheckpointing convert(String value) {
            try {
                return ActivationCheckpointing.of(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
