package thinkj.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import thinkj.generate.Completed;
import thinkj.generate.GenerationListener;
import thinkj.generate.GenerationRequest;
import thinkj.generate.GenerationResult;
import thinkj.generate.GenerationStats;
import thinkj.generate.Generator;
import thinkj.generate.InputRows;
import thinkj.generate.ModelFiles;
import thinkj.generate.SamplingOptions;
import thinkj.io.Json;
import thinkj.io.JsonLines;
import thinkj.io.Progress;
import thinkj.io.Streams;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.model.Qwen2Model;

/** {@code thinkj generate}: continues prompts. A sample depends on the seed and on its row's number, not on the rows around it. */
@Command(
        name = "generate",
        description = {
            "Continues prompts, many at once.",
            "Input: JSON Lines with id and one of prompt, messages, ids. Output: JSON Lines with id, ids, text, finish_reason, logprobs "
                    + "(generated tokens only; log-probabilities of the model itself, at temperature 1). A row that could not be "
                    + "continued has the finish_reason error, and error says why."
        })
public final class GenerateCommand implements Callable<Integer> {

    @Mixin
    private RowArguments rows;

    @Option(names = "--stop", paramLabel = "STRING", description = "A text that ends the answer, cut before it; may be repeated.")
    private List<String> stops = List.of();

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "32",
            description = "Most sequences decoded at once (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Mixin
    private SamplingArguments sampling;

    @Mixin
    private EngineOptions engine;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new GenerateCommand(), arguments);
    }

    @Override
    public Integer call() {
        Standard.requireAtLeastOne("--batch", batch);
        rows.requireApart();
        PrintWriter err = spec.commandLine().getErr();
        try (ModelFiles files = ModelFiles.open(rows.model)) {
            SamplingOptions options = sampling.resolve(files.generationConfig(), files.config().vocabSize(), stops, files.tokenizer());
            err.println("sampling: " + SamplingArguments.describe(options) + ", " + batch + " rows at once");
            Engine used = engine.engine();
            err.println("engine: " + used.description());
            err.flush();
            List<InputRows.Prompt> prompts = files.rows().prompts(rows.input);
            try (JsonLines.Writer out = JsonLines.write(rows.output);
                    Qwen2Model weights = files.loadForGeneration(used);
                    Progress progress = Progress.start("generate", prompts.size(), "rows")) {
                Report report = new Report(prompts, out, progress);
                new Generator(weights, files.tokenizer(), engine.limits(batch)).generate(requests(prompts), options, report);
                out.commit();
                report.summary(err);
                report.requireAll(rows.output);
            }
        }
        return 0;
    }

    private static List<GenerationRequest> requests(List<InputRows.Prompt> rows) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (InputRows.Prompt row : rows) {
            requests.add(new GenerationRequest(requests.size(), row.ids()));
        }
        return requests;
    }

    /** Writes results in the order of the input, as early as that allows, and shows how fast tokens come. */
    private static final class Report implements GenerationListener {
        private final List<InputRows.Prompt> rows;
        private final GenerationResult[] waiting;
        private final JsonLines.Writer out;
        private final Progress progress;
        private GenerationStats stats;
        private int written;
        private int failed;
        private String firstError;

        Report(List<InputRows.Prompt> rows, JsonLines.Writer out, Progress progress) {
            this.rows = rows;
            this.out = out;
            this.progress = progress;
            waiting = new GenerationResult[rows.size()];
        }

        @Override
        public void stepped(GenerationStats now) {
            stats = now;
            progress.note(now.now());
        }

        @Override
        public void completed(Completed completed) {
            if (completed.result().failed()) {
                firstError = failed++ == 0 ? rows.get(completed.requestPosition()).id() + ": " + completed.result().error() : firstError;
            }
            waiting[completed.requestPosition()] = completed.result();
            while (written < waiting.length && waiting[written] != null) {
                out.write(json(rows.get(written).id(), waiting[written]));
                waiting[written++] = null;
            }
            out.flush();
            progress.step();
        }

        void summary(PrintWriter err) {
            if (stats != null) {
                err.println("generated " + stats.summary());
                err.flush();
            }
        }

        void requireAll(String output) {
            if (failed > 0) {
                throw new UserError(String.format("%s: %d of %d rows could not be continued and have their errors, the first is %s",
                        Streams.isStandard(output) ? "standard output" : output, failed, rows.size(), firstError));
            }
        }

        private static ObjectNode json(JsonNode id, GenerationResult result) {
            ObjectNode row = Json.MAPPER.createObjectNode();
            row.set("id", id);
            row.set("ids", Json.MAPPER.valueToTree(result.ids()));
            row.put("text", result.text());
            row.put("finish_reason", result.finishReason());
            row.set("logprobs", Json.MAPPER.valueToTree(result.logProbs()));
            if (result.failed()) {
                row.put("error", result.error());
            }
            return row;
        }
    }
}
