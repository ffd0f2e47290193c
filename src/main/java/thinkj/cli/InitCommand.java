package thinkj.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import thinkj.checkpoint.Architectures;
import thinkj.checkpoint.Dtype;
import thinkj.checkpoint.Qwen2Config;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.checkpoint.SaveOptions;
import thinkj.io.Folders;
import thinkj.io.Progress;
import thinkj.io.UserError;
import thinkj.model.FreshCheckpoint;
import thinkj.tokenizer.SmallTokenizer;

/** {@code thinkj init}: a checkpoint with random weights, for training from nothing, tests and benchmarks. */
@Command(name = "init", description = "Makes a checkpoint with random weights of an architecture.")
public final class InitCommand implements Callable<Integer> {

    @Option(names = "--config", required = true, paramLabel = "FILE|NAME",
            description = "A config.json, or one of 50m, qwen2.5-0.5b, -1.5b, -3b, -7b, -14b, -32b, -72b.")
    private String config;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The checkpoint folder to make.")
    private Path out;

    @Option(names = "--seed", defaultValue = "42", description = "Seed of the weights (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--tokenizer", paramLabel = "DIR", description = "A folder whose tokenizer files go with the checkpoint.")
    private Path tokenizer;

    @Option(names = "--vocabulary", paramLabel = "N",
            description = "Cut the tokenizer to N ids: the bytes, its first merges, three special tokens; vocab_size becomes N.")
    private Integer vocabulary;

    @Option(names = "--dtype", defaultValue = "f32", converter = DtypeConverter.class, paramLabel = "f32|bf16",
            description = "How weights are stored (${DEFAULT-VALUE}).")
    private Dtype dtype;

    @Option(names = "--max-shard-size", defaultValue = "5GB", converter = SizeConverter.class, paramLabel = "SIZE",
            description = "Most bytes of one weight file, such as 500MB (${DEFAULT-VALUE}).")
    private long maxShardSize;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new InitCommand(), arguments);
    }

    @Override
    public Integer call() {
        if (vocabulary != null && tokenizer == null) {
            throw new UserError("--vocabulary " + vocabulary + " needs --tokenizer, the tokenizer to cut");
        }
        Qwen2Config architecture = Architectures.of(config);
        if (vocabulary == null) {
            write(architecture, tokenizer);
        } else {
            Path small = Folders.temporary();
            try {
                SmallTokenizer.write(tokenizer, vocabulary, small);
                write(architecture.withVocabSize(vocabulary), small);
            } finally {
                Folders.delete(small);
            }
        }
        return 0;
    }

    private void write(Qwen2Config architecture, Path tokenizerFolder) {
        long parameters = Qwen2Tensors.parameters(architecture);
        try (Progress progress = Progress.start("weights", parameters, "numbers")) {
            FreshCheckpoint.write(out, architecture, seed, new SaveOptions(dtype, maxShardSize), tokenizerFolder, progress::step);
        }
        var screen = spec.commandLine().getOut();
        screen.println(out + ": " + String.format("%,d", parameters) + " random parameters in " + dtype + ", seed " + seed);
        screen.flush();
    }

    /** f32 or bf16. */
    static final class DtypeConverter implements ITypeConverter<Dtype> {
        @Override
        public Dtype convert(String value) {
            return switch (value) {
                case "f32" -> Dtype.F32;
                case "bf16" -> Dtype.BF16;
                default -> throw new TypeConversionException("'" + value + "' must be f32 or bf16");
            };
        }
    }
}
