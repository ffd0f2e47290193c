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
import thinkj.generate.Generator;
import thinkj.generate.InputRows;
import thinkj.generate.ModelFiles;
import thinkj.generate.SamplingOptions;
import thinkj.io.Json;
import thinkj.io.JsonLines;
import thinkj.io.Progress;
import thinkj.model.Qwen2Model;

/** {@code thinkj generate}: continues prompts. A sample depends on the seed and on its row's number, not on the rows around it. */
@Command(
        name = "generate",
        description = {
            "Continues prompts, many at once.",
            "Input: JSON Lines with id and one of prompt, messages, ids. Output: JSON Lines with id, ids, text, finish_reason, logprobs "
                    + "(generated tokens only; log-probabilities of the model itself, at temperature 1)."
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
            err.flush();
            List<InputRows.Prompt> prompts = files.rows().prompts(rows.input);
            try (JsonLines.Writer out = JsonLines.write(rows.output);
                    Qwen2Model weights = files.load();
                    Progress progress = Progress.start("generate", prompts.size(), "rows")) {
                Report report = new Report(prompts, out, progress);
                new Generator(weights, files.tokenizer(), batch).generate(requests(prompts), options, report);
                out.commit();
                report.summary(err);
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
        private final TokenRate rate = new TokenRate();
        private int written;

        Report(List<InputRows.Prompt> rows, JsonLines.Writer out, Progress progress) {
            this.rows = rows;
            this.out = out;
            this.progress = progress;
            waiting = new GenerationResult[rows.size()];
        }

        @Override
        public void token(int requestPosition, int id) {
            rate.add(1);
            progress.note(rate.toString());
        }

        @Override
        public void completed(Completed completed) {
            waiting[completed.requestPosition()] = completed.result();
            while (written < waiting.length && waiting[written] != null) {
                out.write(json(rows.get(written).id(), waiting[written]));
                waiting[written++] = null;
            }
            out.flush();
            progress.step();
        }

        void summary(PrintWriter err) {
            err.println("generated " + rate.total() + " tokens for " + rows.size() + " rows: " + rate);
            err.flush();
        }

        private static ObjectNode json(JsonNode id, GenerationResult result) {
            ObjectNode row = Json.MAPPER.createObjectNode();
            row.set("id", id);
            row.set("ids", Json.MAPPER.valueToTree(result.ids()));
            row.put("text", result.text());
            row.put("finish_reason", result.finishReason());
            row.set("logprobs", Json.MAPPER.valueToTree(result.logProbs()));
            return row;
        }
    }
}
