package thinkj.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import thinkj.bench.Benchmark;
import thinkj.bench.Figures;
import thinkj.bench.GenerateFigures;
import thinkj.bench.Task;
import thinkj.checkpoint.Architectures;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ActivationCheckpointing;
import thinkj.io.Json;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;

/** {@code thinkj bench}: how fast this machine trains, scores or reads prompts, and what part of its own matrix products that is. */
@Command(
        name = "bench",
        description = {
            "Times training, scoring, prompt reading or generation with random weights, after a warm-up, beside bare matrix products of "
                    + "the same shapes.",
            "train: forward and backward, all parameters; score: forward with token log-probabilities; prefill: forward into a KV cache "
                    + "with the last token's logits; generate: requests alone, then all of them, sampled over a paged KV cache."
        })
public final class BenchCommand implements Callable<Integer> {
    private static final Set<String> STEPS = Set.of("--tokens", "--batch", "--remat", "--steps");

    /** What is timed; the names of {@link Task}, and one more. */
    enum What {
        TRAIN,
        SCORE,
        PREFILL,
        GENERATE
    }

    @Parameters(index = "0", paramLabel = "train|score|prefill|generate", description = "What is timed.")
    private What what;

    @Option(names = "--shape", required = true, paramLabel = "NAME|DIR",
            description = "50m, qwen2.5-0.5b or another name that init knows, a config.json, or a checkpoint folder (its architecture alone).")
    private String shape;

    @Option(names = "--tokens", paramLabel = "T", description = "Tokens of each sequence.")
    private Integer tokens;

    @Option(names = "--batch", paramLabel = "B", description = "Sequences in a step (1).")
    private Integer batch;

    @Option(names = "--precision", defaultValue = "fp32", paramLabel = "fp32|bf16|int8",
            description = "What is computed in; int8 for prefill and generate only (${DEFAULT-VALUE}).")
    private Precision precision;

    @Option(names = "--kernels", defaultValue = "auto", paramLabel = "auto|onednn|nd4j",
            description = "auto: onednn where it runs (${DEFAULT-VALUE}).")
    private Engine.Choice kernels;

    @Option(names = "--remat", defaultValue = "off", converter = CheckpointingConverter.class, paramLabel = "off|layers|auto[:SIZE]",
            description = "For train, as activation_checkpointing in its configs: compute every layer again for its backward pass, or as much "
                    + "as it takes to stay within this machine's memory, or within SIZE, such as 2GB (${DEFAULT-VALUE}).")
    private ActivationCheckpointing checkpointing;

    @Option(names = "--steps", paramLabel = "N", description = "Steps to time (" + Benchmark.LEAST_STEPS + ").")
    private Integer steps;

    @Mixin
    private GenerateBenchOptions generate;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new BenchCommand(), arguments);
    }

    @Override
    public Integer call() {
        refuseOthers();
        PrintWriter err = spec.commandLine().getErr();
        Consumer<String> progress = doing -> err.println("bench: " + doing);
        PrintWriter out = spec.commandLine().getOut();
        if (what == What.GENERATE) {
            GenerateFigures figures = generate.benchmark(shape, architecture(), precision, kernels).run(progress);
            out.print(json ? Json.line(figures.json()) + "\n" : figures.table());
        } else {
            Figures figures = steps().run(progress);
            out.print(json ? Json.line(figures.json()) + "\n" : figures.table());
        }
        out.flush();
        return 0;
    }

    private Benchmark steps() {
        if (tokens == null) {
            throw new UserError("--tokens: is missing, " + what.name().toLowerCase(Locale.ROOT) + " needs the tokens of each sequence");
        }
        return new Benchmark(
                Task.valueOf(what.name()), shape, architecture(), tokens, batch == null ? 1 : batch, precision, kernels,
                checkpointing, steps == null ? Benchmark.LEAST_STEPS : steps);
    }

    /** Options that mean something for the other tasks only. */
    private void refuseOthers() {
        Set<String> others = new TreeSet<>();
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            boolean ofSteps = STEPS.contains(option.longestName());
            boolean ofGenerate = GenerateBenchOptions.NAMES.contains(option.longestName());
            if (what == What.GENERATE ? ofSteps : ofGenerate) {
                others.add(option.longestName());
            }
        }
        if (!others.isEmpty()) {
            throw new UserError(String.join(", ", others) + ": " + (what == What.GENERATE ? "not for generate" : "for generate only"));
        }
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
