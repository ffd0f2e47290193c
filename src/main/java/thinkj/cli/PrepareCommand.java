package thinkj.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import thinkj.data.ChatEncoder;
import thinkj.data.Columns;
import thinkj.data.DataSet;
import thinkj.data.Duplicates;
import thinkj.data.ExampleFiles;
import thinkj.data.Examples;
import thinkj.data.GrpoRow;
import thinkj.data.JudgeExample;
import thinkj.data.JudgeTask;
import thinkj.data.Preparation;
import thinkj.data.Preparation.Kept;
import thinkj.data.PrepareReport;
import thinkj.data.PrepareSettings;
import thinkj.io.Json;
import thinkj.io.Streams;
import thinkj.io.UserError;
import thinkj.judge.PromptKind;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;

/** {@code thinkj prepare}: raw data to judge input, supervised files and GRPO's prompts. */
@Command(
        name = "prepare",
        description = {
            "Turns raw preference data into judge input (--to judge), supervised files for judge and critic out of a teacher's traces "
                    + "(--to sft), or GRPO's prompts (--to grpo), and says what became of every row.",
            "Files are JSON, JSON Lines, CSV, TSV or Parquet, plain or gzip; - is standard input or output."
        })
public final class PrepareCommand implements Callable<Integer> {
    private static final String READY = "grpo";

    /** What is written. */
    enum Target {
        JUDGE,
        SFT,
        GRPO
    }

    /** Which response comes first. */
    enum Order {
        RANDOM,
        KEEP
    }

    @Option(names = "--input", required = true, arity = "1..*", paramLabel = "FILE", description = "Raw data, one file or several.")
    private List<String> input;

    @Option(names = "--format", defaultValue = "judge", paramLabel = "SET",
            description = "judge (a table with instruction, response1, response2 and better or strength, or with instruction, chosen and "
                    + "rejected), judged, helpsteer2, hh-rlhf, skywork or rewardbench; or grpo (prompts that are ready, to be written in "
                    + "another file format). Default: ${DEFAULT-VALUE}.")
    private String format;

    @Option(names = "--column", paramLabel = "FIELD=COLUMN",
            description = "Where a table of your own has a field: id, instruction, response1, response2, better, strength, chosen, "
                    + "rejected, trace. May be repeated.")
    private List<String> columns = List.of();

    @Option(names = "--to", defaultValue = "judge", paramLabel = "KIND", description = "judge, sft or grpo. Default: ${DEFAULT-VALUE}.")
    private Target to;

    @Option(names = "--output", required = true, paramLabel = "FILE", description = "The result: .jsonl or .json, for grpo also .parquet.")
    private String output;

    @Option(names = "--validation-output", paramLabel = "FILE", description = "Where held-out rows go.")
    private String validationOutput;

    @Option(names = "--critic-output", paramLabel = "FILE",
            description = "With --to sft: the critic's file, the same rows with the verdict told.")
    private String criticOutput;

    @Option(names = "--split", paramLabel = "NAME", description = "Take only rows whose split column says this.")
    private String split;

    @Option(names = "--validation-split", paramLabel = "NAME", description = "Hold out the rows whose split column says this.")
    private String validationSplit;

    @Option(names = "--split-column", defaultValue = "split", paramLabel = "COLUMN", description = "Default: ${DEFAULT-VALUE}.")
    private String splitColumn;

    @Option(names = "--validation-fraction", defaultValue = "0", paramLabel = "SHARE",
            description = "Hold out this share of the rows by chance; rows of one instruction stay together.")
    private double validationFraction;

    @Option(names = "--min-characters", defaultValue = "0", paramLabel = "N", description = "Drop rows with a response shorter than this.")
    private int minCharacters;

    @Option(names = "--max-characters", paramLabel = "N", description = "Drop rows whose instruction and responses are longer together.")
    private Long maxCharacters;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Drop rows whose prompt has more tokens; needs --tokenizer.")
    private Long maxTokens;

    @Option(names = "--tokenizer", paramLabel = "DIR", description = "Checkpoint whose tokenizer and chat template count the tokens.")
    private Path tokenizer;

    @Option(names = "--duplicates", defaultValue = "exact", paramLabel = "POLICY",
            description = "keep, exact, or normalised (case and white space do not count). Default: ${DEFAULT-VALUE}.")
    private Duplicates duplicates;

    @Option(names = "--order", paramLabel = "ORDER",
            description = "random (each row's responses are exchanged or not by chance) or keep. Default: random, for sft keep.")
    private Order order;

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N",
            description = "Of the order and of what is held out. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--limit", paramLabel = "N", description = "Keep the first N rows that pass.")
    private Long limit;

    @Option(names = "--prompt", defaultValue = "strength", paramLabel = "KIND",
            description = "How the judge is asked, for sft, grpo and --max-tokens: strength, cot, score or direct. Default: ${DEFAULT-VALUE}.")
    private PromptKind prompt;

    @Mixin
    private PromptsOption prompts;

    @Option(names = "--data-source", paramLabel = "NAME",
            description = "With --to grpo: name of the set in every row. Default: the format.")
    private String dataSource;

    @Option(names = "--json", description = "Print the counts as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new PrepareCommand(), arguments);
    }

    @Override
    public Integer call() {
        checkOptions();
        if (format.equals(READY)) {
            convert();
            return 0;
        }
        JudgeTask task = new JudgeTask(prompts.prompts(), prompt);
        try (HfTokenizer opened = tokenizer == null ? null : HfTokenizer.open(tokenizer)) {
            write(task, Preparation.run(settings(counter(task, opened)), input));
        }
        return 0;
    }

    private void checkOptions() {
        for (String file : outputs()) {
            ExampleFiles.checkName(file, to == Target.GRPO);
            Streams.requireApart(file, input);
        }
        boolean holdsOut = validationFraction > 0 || validationSplit != null;
        require(holdsOut == (validationOutput != null),
                "validation-output: goes together with validation-fraction or validation-split, which say what is held out");
        require(criticOutput == null || to == Target.SFT, "critic-output: is only written with --to sft");
        require((maxTokens == null) == (tokenizer == null), "max-tokens and tokenizer: go together, the one is counted by the other");
        require(to != Target.SFT || order != Order.RANDOM, "order: random would part the responses from the trace that speaks of them");
        require(limit == null || limit > 0, "limit: " + limit + ", must be at least 1");
        require(outputs().size() == outputs().stream().distinct().count(), "output: the same file is named twice");
    }

    private List<String> outputs() {
        List<String> files = new ArrayList<>(List.of(output));
        Optional.ofNullable(validationOutput).ifPresent(files::add);
        Optional.ofNullable(criticOutput).ifPresent(files::add);
        return files;
    }

    /** GRPO's rows from one file format to another, as they are. */
    private void convert() {
        require(to == Target.GRPO && validationOutput == null,
                "format: " + READY + " rows are ready, they can only be written --to grpo, without a split");
        List<GrpoRow> rows = new ArrayList<>();
        input.forEach(file -> rows.addAll(Examples.grpo(file)));
        ExampleFiles.writeGrpo(output, rows);
        PrepareReport report = new PrepareReport();
        rows.forEach(row -> report.read());
        report.wrote(output, rows.size());
        say(report);
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new UserError(problem);
        }
    }

    private PrepareSettings settings(ToIntFunction<JudgeExample> tokens) {
        var lengths = new PrepareSettings.Lengths(minCharacters, optional(maxCharacters), optional(maxTokens), tokens);
        boolean random = to != Target.SFT && order != Order.KEEP;
        return new PrepareSettings(DataSet.of(format), Columns.of(columns), splitColumn, Optional.ofNullable(split),
                Optional.ofNullable(validationSplit), validationFraction, lengths, duplicates, random, seed, optional(limit));
    }

    private ToIntFunction<JudgeExample> counter(JudgeTask task, HfTokenizer opened) {
        if (opened == null) {
            return example -> 0;
        }
        ChatEncoder chat = new ChatEncoder(opened, ChatTemplate.open(tokenizer, opened));
        return example -> chat.prompt(task.messages(example)).length;
    }

    private static OptionalLong optional(Long value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private void write(JudgeTask task, Preparation.Result result) {
        PrepareReport report = result.report();
        write(task, result.train(), "train", output, report);
        if (validationOutput != null) {
            write(task, result.validation(), "validation", validationOutput, report);
        }
        say(report);
    }

    private void say(PrepareReport report) {
        // The counts must not get into data that goes down a pipe.
        var terminal = outputs().stream().anyMatch(Streams::isStandard) ? spec.commandLine().getErr() : spec.commandLine().getOut();
        terminal.print(json ? Json.line(report.json()) + "\n" : report.text());
        terminal.flush();
    }

    private void write(JudgeTask task, List<Kept> rows, String split, String file, PrepareReport report) {
        switch (to) {
            case JUDGE -> {
                ExampleFiles.writeJudge(file, rows.stream().map(Kept::example).toList());
                report.wrote(file, rows.size());
            }
            case SFT -> {
                JudgeTask.Taught taught = task.taught(rows, report);
                requireRows(taught.judge(), report);
                ExampleFiles.writeSft(file, taught.judge());
                report.wrote(file, taught.judge().size());
                if (criticOutput != null && file.equals(output)) {
                    ExampleFiles.writeSft(criticOutput, taught.critic());
                    report.wrote(criticOutput, taught.critic().size());
                }
            }
            case GRPO -> {
                List<GrpoRow> prompts = task.grpo(rows, dataSource == null ? format : dataSource, split, report);
                requireRows(prompts, report);
                ExampleFiles.writeGrpo(file, prompts);
                report.wrote(file, prompts.size());
            }
            default -> throw new IllegalStateException(to.name());
        }
    }

    private static void requireRows(List<?> rows, PrepareReport report) {
        if (rows.isEmpty()) {
            throw new UserError("no row is left of " + report.rowsRead() + ":\n" + report.text().stripTrailing());
        }
    }
}
