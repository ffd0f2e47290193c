package thinkj.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.config.ConfigLoader;
import thinkj.config.GrpoConfig;
import thinkj.config.QuickstartConfig;
import thinkj.data.Examples;
import thinkj.data.GrpoRow;
import thinkj.data.JudgeExample;
import thinkj.data.SftExample;
import thinkj.io.Folders;
import thinkj.io.JsonLines;
import thinkj.io.UserError;
import thinkj.judge.ParserMode;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.judge.Verdict;
import thinkj.judge.VerdictParser;
import thinkj.train.RunOptions;

class QuickstartTest {
    private static final Path HOME = Path.of("");
    private static final List<String> SMALL = List.of(
            "sft_tasks=32", "optimisation_tasks=32", "validation_tasks=4", "held_out_tasks=8", "batch=32",
            "sft_judge.epochs=2", "sft_critic.epochs=2", "dpo.epochs=1", "grpo.max_steps=1", "grpo.batch.n=4");

    @TempDir
    private Path folder;

    private final StringWriter log = new StringWriter();

    private Quickstart quickstart(Path out, List<String> overrides) {
        return new Quickstart(HOME, out, 7, overrides, RunOptions.STANDARD, new PrintWriter(log, true));
    }

    /** The shipped configs and checkpoint go through every step; with so few tasks nothing is said about how well. */
    @Test
    void everyStepRuns() {
        Path out = folder.resolve("run");
        QuickstartReport report = quickstart(out, SMALL).run();
        assertEquals(List.of("base", "sft", "dpo", "grpo"), List.copyOf(report.stages().keySet()));
        report.stages().values().forEach(values -> assertEquals(
                List.of("single_accuracy", "pair_accuracy", "pair_agreement_rate", "failure_rate"), List.copyOf(values.keySet())));
        assertTrue(Files.exists(out.resolve("quickstart.json")), log.toString());
        for (JsonLines.Row line : JsonLines.readAll(out.resolve("grpo").resolve("metrics.jsonl").toString())) {
            if (line.json().get("step").asInt() > 0) {
                double difference = line.json().get("rollout/max_abs_logp_diff").asDouble();
                assertTrue(difference < 1e-3, "fp32 sampling and fp32 training differ by the order of additions alone: " + difference);
                assertTrue(line.json().has("group/zero_variance_fraction"));
                for (String component : List.of("format", "verdict")) {
                    assertTrue(line.json().has("reward/" + component + "/mean"), component);
                }
            }
        }
        GrpoConfig grpo = ConfigLoader.load(out.resolve("grpo").resolve("config.yaml"), List.of(), GrpoConfig.class);
        assertEquals(4, grpo.batch().n(), "a setting of a stage");
        assertEquals(out.resolve("sft-judge").resolve("final"), grpo.model());
        List<JudgeExample> tasks = Examples.judge(out.resolve("data").resolve("tasks.jsonl").toString());
        List<GrpoRow> prompts = Examples.grpo(out.resolve("data").resolve("grpo.parquet").toString());
        for (int i = 0; i < tasks.size(); i++) {
            assertEquals(tasks.get(i).strength().toString(), prompts.get(i).groundTruth());
        }
        assertEquals(
                out + ": holds a finished quickstart, its results are in quickstart.json; give the quickstart another folder with --out, or move "
                        + "this one away",
                refusal(out, SMALL));
        goesOn(out, report);
    }

    /** As if it had been stopped late in its last training, with an evaluation and the critic's answers torn away. */
    private void goesOn(Path out, QuickstartReport before) {
        Folders.delete(out.resolve("quickstart.json"));
        Folders.delete(out.resolve("grpo/final"));
        Folders.delete(out.resolve("eval/dpo"));
        Folders.delete(out.resolve("critic-right.jsonl"));
        Folders.delete(out.resolve("critic-right.jsonl.run.json"));
        assertEquals(
                out + ": holds a quickstart of another seed or other settings, which are in settings.json; give those to go on with it, or "
                        + "another folder with --out",
                refusal(out, List.of("sft_tasks=31")));
        assertEquals(before.stages(), quickstart(out, SMALL).run().stages());
        assertTrue(log.toString().contains("going on with the quickstart in " + out), log.toString());
    }

    private String refusal(Path out, List<String> overrides) {
        return assertThrows(UserError.class, () -> quickstart(out, overrides).run()).getMessage();
    }

    /** The critic's row is the judge's with the verdict told, so that nothing but the telling tells them apart. */
    @Test
    void theCriticsLessonsAreTheJudgesWithTheVerdictTold() {
        QuickstartConfig config = ConfigLoader.load(Quickstart.CONFIG, List.of("sft_tasks=32"), QuickstartConfig.class);
        QuickstartData data = QuickstartData.write(config, Prompts.from(config.prompts()), 7, folder.resolve("data"));
        VerdictParser parser = VerdictParser.of(PromptKind.STRENGTH, ParserMode.STRICT);
        List<SftExample> judge = Examples.sft(List.of(data.sftJudge())).examples();
        List<SftExample> critic = Examples.sft(List.of(data.sftCritic())).examples();
        assertEquals(32, critic.size());
        for (int i = 0; i < critic.size(); i++) {
            assertEquals(judge.get(i).output(), critic.get(i).output());
            Verdict verdict = parser.parse(critic.get(i).output());
            String told = "Why is (" + Verdict.letter(verdict.better()) + ") better by " + Math.abs(verdict.strength()) + "?";
            assertTrue(critic.get(i).instruction().endsWith(told), critic.get(i).instruction());
        }
    }

    /** A base model that had learnt to argue only for what is right could not write the answers that pairs reject. */
    @Test
    void theBaseModelLearnsToArgueForWhateverItIsTold() {
        QuickstartConfig config = ConfigLoader.load(Quickstart.CONFIG, List.of(), QuickstartConfig.class);
        VerdictParser parser = VerdictParser.of(PromptKind.STRENGTH, ParserMode.STRICT);
        int first = 0;
        int argued = 0;
        for (SftExample lesson : BaseSkill.examples(2000, Prompts.from(config.prompts()), new Random(7))) {
            if (lesson.instruction().contains("Why is")) {
                Verdict verdict = parser.parse(lesson.output());
                assertTrue(lesson.instruction().contains("(" + Verdict.letter(verdict.better()) + ") better by "), lesson.instruction());
                argued++;
                first += verdict.better() == 1 ? 1 : 0;
            }
        }
        assertTrue(argued > 100, argued + " lessons");
        // A fair coin of so many throws stays within six standard deviations.
        assertEquals(argued / 2.0, first, 6 * Math.sqrt(argued / 4.0));
    }

    @Test
    void aFolderWithFilesIsRefused() throws IOException {
        Files.createFile(folder.resolve("mine.txt"));
        UserError error = assertThrows(UserError.class, () -> quickstart(folder, SMALL).run());
        assertEquals(folder + ": is not empty; give the quickstart another folder with --out, or move this one away", error.getMessage());
    }

    @Test
    void aSlipInALaterStagesSettingsIsToldBeforeAnythingRuns() {
        Path out = folder.resolve("run");
        String message = assertThrows(UserError.class, () -> quickstart(out, List.of("dpo.batch_sze=3"))).getMessage();
        assertTrue(message.startsWith("dpo: command line: batch_sze: unknown key, must be one of model, data, "), message);
        assertTrue(Files.notExists(out));
    }

    @Test
    void moreTasksThanQuestionsAreRefused() {
        int most = DigitQuestion.all(true).size();
        UserError error = assertThrows(UserError.class,
                () -> quickstart(folder, List.of("held_out_tasks=1000")).run());
        assertEquals("quickstart: held_out_tasks: 1000, must be at most " + most + ", the number of such questions", error.getMessage());
    }
}
