package thinkj.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import thinkj.checkpoint.Dtype;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.checkpoint.SaveOptions;
import thinkj.io.Progress;
import thinkj.io.UserError;

/** {@code thinkj merge}: an adapter and its base to one checkpoint. */
@Command(
        name = "merge",
        description = "Adds a low-rank adapter (LoRA, in PEFT's layout) to the weights of its base, W + α/r · B·A, and writes a checkpoint that "
                + "needs neither. The weights go through memory one by one.")
public final class MergeCommand implements Callable<Integer> {

    @Option(names = "--adapter", required = true, paramLabel = "DIR", description = "The adapter's folder.")
    private Path adapter;

    @Option(names = "--base", paramLabel = "DIR", description = "The base's checkpoint folder (default: the one that the adapter names).")
    private Path base;

    @Option(names = "--output", required = true, paramLabel = "DIR", description = "The checkpoint folder to make.")
    private Path output;

    @Option(names = "--dtype", converter = InitCommand.DtypeConverter.class, paramLabel = "f32|bf16",
            description = "How weights are stored (default: as the base's are).")
    private Dtype dtype;

    @Option(names = "--max-shard-size", defaultValue = "5GB", converter = SizeConverter.class, paramLabel = "SIZE",
            description = "Most bytes of one weight file, such as 500MB (${DEFAULT-VALUE}).")
    private long maxShardSize;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new MergeCommand(), arguments);
    }

    @Override
    public Integer call() {
        HfCheckpoint checkpoint = base == null ? HfCheckpoint.open(adapter) : HfCheckpoint.openAdapter(adapter, base);
        if (checkpoint.adapter().isEmpty()) {
            throw new UserError("--adapter: " + adapter + ", must be an adapter's folder; it is a checkpoint that needs no base");
        }
        Dtype stored = dtype != null ? dtype : checkpoint.dtypes().containsValue(Dtype.F32) ? Dtype.F32 : Dtype.BF16;
        long parameters = Qwen2Tensors.parameters(checkpoint.config());
        try (Progress progress = Progress.start("merge", parameters, "numbers")) {
            checkpoint.saveAs(output, new SaveOptions(stored, maxShardSize), progress::step);
        }
        var screen = spec.commandLine().getOut();
        screen.println(output + ": " + checkpoint.baseFolder() + " with the adapter of " + adapter + ", "
                + String.format("%,d", parameters) + " parameters in " + stored);
        screen.flush();
        return 0;
    }
}
