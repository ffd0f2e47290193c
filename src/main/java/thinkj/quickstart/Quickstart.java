package thinkj.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import thinkj.config.ConfigLoader;
import thinkj.config.DpoConfig;
import thinkj.config.GrpoConfig;
import thinkj.config.QuickstartConfig;
import thinkj.config.SftConfig;
import thinkj.data.ExampleFiles;
import thinkj.data.Examples;
import thinkj.data.JudgeExample;
import thinkj.data.Judged;
import thinkj.evaluate.AnswerLimits;
import thinkj.evaluate.Benchmark;
import thinkj.evaluate.Evaluation;
import thinkj.evaluate.Inference;
import thinkj.evaluate.Inference.Role;
import thinkj.evaluate.ModelRespondent;
import thinkj.evaluate.PairMaker;
import thinkj.evaluate.PairsBenchmark;
import thinkj.evaluate.RunFiles;
import thinkj.evaluate.TooLong;
import thinkj.evaluate.Wording;
import thinkj.io.FileErrors;
import thinkj.io.Folders;
import thinkj.io.Json;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.judge.ParserMode;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.train.DpoTrainer;
import thinkj.train.GrpoTrainer;
import thinkj.train.RunDirectory;
import thinkj.train.RunOptions;
import thinkj.train.SftTrainer;

/**
 * Runs the pipeline: supervised judge and critic, their answers, pairs, DPO, GRPO, evaluation. Each step is what the command of its name
 * runs, on files of the form that the command reads, so any of them can be run again by hand.
 */
public final class Quickstart {
    /** Where the quickstart's own config lies in the project's folder. */
    public static final Path CONFIG = Path.of("configs", "quickstart", "quickstart.yaml");

    /** The percentages reported of each stage. */
    private static final List<String> STATISTICS = List.of("single_accuracy", "pair_accuracy", "pair_agreement_rate", "failure_rate");

    /** The stages that have a config of their own, by the keys that name it. */
    private static final List<String> STAGES = List.of("sft_judge", "sft_critic", "dpo", "grpo");

    /** What a stopped quickstart is known by. */
    private static final String SETTINGS = "settings.json";

    private static final String REPORT = "quickstart.json";

    private final Path home;
    private final Path out;
    private final long seed;
    private final RunOptions options;
    private final PrintWriter log;
    private final QuickstartConfig config;
    private final Map<String, List<String>> stageOverrides;
    private final Wording wording;
    private final long started = System.nanoTime();

    /**
     * @param home the project's folder, that of {@code configs/} and {@code model-import/}
     * @param out where everything goes; must be empty, new, or that of a quickstart which was stopped
     * @param overrides {@code key=value} for the quickstart's own config, {@code stage.key=value} for that of a stage
     * @param options of every training run
     * @param log gets a line a step, and what the trainers say
     */
    public Quickstart(Path home, Path out, long seed, List<String> overrides, RunOptions options, PrintWriter log) {
        this.home = home;
        this.out = out;
        this.seed = seed;
        this.options = options;
        this.log = log;
        this.stageOverrides = new LinkedHashMap<>();
        STAGES.forEach(stage -> stageOverrides.put(stage, of(stage, overrides)));
        this.config = ConfigLoader.load(home.resolve(CONFIG), ownOf(overrides), QuickstartConfig.class);
        this.wording = new Wording(Prompts.from(home.resolve(config.prompts())), PromptKind.STRENGTH, ParserMode.STRICT);
        requireStages();
    }

    /** Reads every stage's config before the first stage runs; what earlier stages will have made has only its name yet. */
    private void requireStages() {
        Path nothing = Path.of("to-be-made");
        load("sft_judge", config.sftJudge(), nothing, nothing, SftConfig.class);
        load("sft_critic", config.sftCritic(), nothing, nothing, SftConfig.class);
        load("dpo", config.dpo(), nothing, nothing, DpoConfig.class);
        load("grpo", config.grpo(), nothing, nothing, GrpoConfig.class);
    }

    /**
     * Writes what the base model is made of: its tokenizer, and its lessons in {@code base.jsonl}.
     *
     * @return number of tokens of the vocabulary
     */
    public static int writeBaseMaterial(Path home, List<String> overrides, int lessons, long seed, Path folder) {
        QuickstartConfig config = ConfigLoader.load(home.resolve(CONFIG), overrides, QuickstartConfig.class);
        return BaseMaterial.write(Prompts.from(home.resolve(config.prompts())), lessons, seed, folder);
    }

    /** The whole pipeline. */
    public QuickstartReport run() {
        open();
        QuickstartData data = QuickstartData.write(config, wording.prompts(), seed, out.resolve("data"));
        Path base = home.resolve(config.model());
        Map<String, Map<String, Double>> stages = new LinkedHashMap<>();
        stages.put("base", evaluate("base", base, data.heldOut()));
        Path judge = sft("sft_judge", config.sftJudge(), base, data.sftJudge());
        Path critic = sft("sft_critic", config.sftCritic(), base, data.sftCritic());
        stages.put("sft", evaluate("sft", judge, data.heldOut()));
        Path pairs = pairs(judge, critic, data.tasks());
        stages.put("dpo", evaluate("dpo", dpo(judge, pairs), data.heldOut()));
        stages.put("grpo", evaluate("grpo", grpo(judge, data), data.heldOut()));
        QuickstartReport report = new QuickstartReport(stages, seconds());
        Json.write(out.resolve(REPORT), report.json());
        return report;
    }

    private Path sft(String stage, Path file, Path model, Path data) {
        return trained(folder(stage), () -> SftTrainer.run(load(stage, file, model, data, SftConfig.class), options, log));
    }

    private Path dpo(Path judge, Path pairs) {
        return trained("dpo", () -> DpoTrainer.run(load("dpo", config.dpo(), judge, pairs, DpoConfig.class), options, log));
    }

    private Path grpo(Path judge, QuickstartData data) {
        String validation = "validation.data=[" + text(data.validation()) + "]";
        return trained("grpo", () ->
                GrpoTrainer.run(load("grpo", config.grpo(), judge, data.grpo(), GrpoConfig.class, validation), options, log));
    }

    /** What a stopped quickstart has trained to the end is taken as it is; what it was at goes on where it was. */
    private Path trained(String stage, Supplier<Path> training) {
        say(stage);
        return RunDirectory.trained(out.resolve(stage)).orElseGet(training);
    }

    /** A stage's config: its file, with what the quickstart sets and what the user does. */
    private <C extends Record> C load(String stage, Path file, Path model, Path data, Class<C> type, String... more) {
        String name = folder(stage);
        List<String> settings = new ArrayList<>(List.of(
                "model=" + text(model), "data=[" + text(data) + "]", "output=" + text(out.resolve(name)), "seed=" + seed));
        settings.addAll(List.of(more));
        settings.addAll(stageOverrides.get(stage));
        try {
            return ConfigLoader.load(home.resolve(file), settings, type);
        } catch (UserError e) {
            throw new UserError(stage + ": " + e.getMessage(), e);
        }
    }

    private static String folder(String stage) {
        return stage.replace('_', '-');
    }

    /** What is set for a stage, without its name. */
    private static List<String> of(String stage, List<String> overrides) {
        String prefix = stage + ".";
        return overrides.stream().filter(override -> override.startsWith(prefix)).map(override -> override.substring(prefix.length())).toList();
    }

    private static List<String> ownOf(List<String> overrides) {
        return overrides.stream().filter(override -> STAGES.stream().noneMatch(stage -> override.startsWith(stage + "."))).toList();
    }

    /** Judge and critics answer, and what they said becomes pairs. */
    private Path pairs(Path judge, Path critic, Path tasks) {
        List<JudgeExample> rows = Examples.judge(tasks.toString());
        List<Judged> judged = ask(Role.JUDGE, "judged", judge, rows);
        List<Judged> positive = ask(Role.CRITIC_TOLD_RIGHT, "critic-right", critic, rows);
        List<Judged> negative = ask(Role.CRITIC_TOLD_WRONG, "critic-wrong", critic, rows);
        PairMaker.Made made = PairMaker.make(judged, positive, negative, wording.prompts(), PromptKind.STRENGTH);
        say("pairs");
        log.println("  " + made.pairs().size() + " pairs out of " + rows.size() + " tasks: " + made.outcome().counts());
        if (made.pairs().isEmpty()) {
            throw new UserError("quickstart: judge and critics left no pair to learn from; give optimisation_tasks a higher number");
        }
        Path file = out.resolve("pairs.json");
        ExampleFiles.writePairs(file.toString(), made.pairs());
        return file;
    }

    private List<Judged> ask(Role role, String name, Path model, List<JudgeExample> rows) {
        say(name);
        Path file = out.resolve(name + ".jsonl");
        if (Files.exists(file)) {
            return Examples.judged(file.toString());
        }
        try (ModelRespondent respondent = respondent(model)) {
            Inference.Result result = new Inference(role, wording, TooLong.ERROR)
                    .run(rows, respondent, RunFiles.beside(file), judged -> ExampleFiles.writeJudged(file.toString(), judged));
            log.printf(Locale.ROOT, "  %d of %d right, %d without a verdict%n", result.right(), rows.size(), result.unparsed());
            return result.judged();
        }
    }

    private Map<String, Double> evaluate(String name, Path model, Path heldOut) {
        say("eval " + name);
        Benchmark benchmark = PairsBenchmark.read(heldOut, 0);
        try (ModelRespondent respondent = respondent(model)) {
            JsonNode result = new Evaluation(benchmark, wording, TooLong.ERROR)
                    .run(model.toString(), respondent, out.resolve("eval").resolve(name));
            JsonNode all = result.path("statistics").path("All");
            Map<String, Double> values = new LinkedHashMap<>();
            STATISTICS.forEach(statistic -> values.put(statistic, all.path(statistic).asDouble()));
            log.println("  " + values);
            return values;
        }
    }

    private ModelRespondent respondent(Path model) {
        return ModelRespondent.open(
                model, Engine.standard(),
                new AnswerLimits(config.maxNewTokens(), Integer.MAX_VALUE, config.batch(), OptionalLong.empty(), OptionalDouble.of(1)));
    }

    /** Begins in an empty folder, or goes on in that of a quickstart that was stopped. */
    private void open() {
        Path file = out.resolve(SETTINGS);
        if (!Files.exists(file)) {
            requireEmpty();
            Folders.requireWritable(out);
            Json.write(file, settings());
            return;
        }
        if (Files.exists(out.resolve(REPORT))) {
            throw new UserError(out + ": holds a finished quickstart, its results are in " + REPORT + "; give the quickstart another folder with "
                    + "--out, or move this one away");
        }
        if (!Json.line(Json.read(file)).equals(Json.line(settings()))) {
            throw new UserError(out + ": holds a quickstart of another seed or other settings, which are in " + SETTINGS
                    + "; give those to go on with it, or another folder with --out");
        }
        log.println("going on with the quickstart in " + out);
    }

    /** All that the results depend on, beside the stages' files. */
    private Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("seed", seed);
        settings.put("config", ConfigLoader.yaml(config));
        settings.put("stages", stageOverrides);
        return settings;
    }

    private void requireEmpty() {
        if (!Files.isDirectory(out)) {
            return;
        }
        try (Stream<Path> entries = Files.list(out)) {
            if (entries.anyMatch(entry -> !entry.endsWith(SETTINGS + ".part"))) {
                throw new UserError(out + ": is not empty; give the quickstart another folder with --out, or move this one away");
            }
        } catch (IOException e) {
            throw FileErrors.reading(out, e);
        }
    }

    private void say(String step) {
        log.printf(Locale.ROOT, "%6.1f s  %s%n", seconds(), step);
        log.flush();
    }

    private double seconds() {
        return (System.nanoTime() - started) / 1e9;
    }

    /** A path as a YAML value, whatever characters it has. */
    private static String text(Path path) {
        return Json.line(path.toString());
    }
}
