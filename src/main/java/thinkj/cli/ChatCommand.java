package thinkj.cli;

import java.io.BufferedReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import thinkj.generate.Generator;
import thinkj.generate.ModelFiles;
import thinkj.generate.SamplingOptions;
import thinkj.io.Streams;
import thinkj.kernels.Engine;
import thinkj.model.Qwen2Model;

/** {@code thinkj chat}: a dialogue in the terminal. */
@Command(
        name = "chat",
        description = "Talks with a model in the terminal. Enter stops an answer that is under way; /reset forgets the dialogue; /exit or "
                + "Ctrl-D ends it.")
public final class ChatCommand implements Callable<Integer> {

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Checkpoint folder with tokenizer files.")
    private Path model;

    @Option(names = "--system", paramLabel = "TEXT", description = "System message; without one the chat template's own holds.")
    private String system;

    @Mixin
    private SamplingArguments sampling;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new ChatCommand(), arguments);
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter err = spec.commandLine().getErr();
        try (ModelFiles files = ModelFiles.open(model)) {
            Dialogue.Words words = new Dialogue.Words(files.tokenizer(), files.template(), Generator.rules(files.config()));
            SamplingOptions options =
                    sampling.resolve(files.generationConfig(), files.config().vocabSize(), List.of(), files.tokenizer());
            err.println("sampling: " + SamplingArguments.describe(options));
            Engine used = engine.engine();
            err.println("engine: " + used.description());
            err.flush();
            try (Qwen2Model weights = files.loadForGeneration(used);
                    BufferedReader in = Streams.reader(Streams.STANDARD)) {
                Generator generator = new Generator(weights, files.tokenizer(), engine.limits(1));
                new Dialogue(generator, options, words, system).run(in, System.console() != null, spec.commandLine().getOut(), err);
            }
        }
        return 0;
    }
}
