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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.config.ConfigLoader;
import thinkj.config.QuickstartConfig;
import thinkj.data.Examples;
import thinkj.data.GrpoRow;
import thinkj.data.JudgeExample;
import thinkj.data.SftExample;
import thinkj.io.UserError;
import thinkj.judge.ParserMode;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.judge.Verdict;
import thinkj.judge.VerdictParser;

class QuickstartTest {
    private static final Path HOME = Path.of("");
    private static final List<String> SMALL =
            List.of("sft_tasks=32", "optimisation_tasks=32", "validation_tasks=4", "held_out_tasks=8", "batch=32");

    @TempDir
    private Path folder;

    private final StringWriter log = new StringWriter();

    private Quickstart quickstart(Path out, List<String> overrides) {
        return new Quickstart(HOME, out, 7, overrides, new PrintWriter(log, true));
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
        List<JudgeExample> tasks = Examples.judge(out.resolve("data").resolve("tasks.jsonl").toString());
        List<GrpoRow> prompts = Examples.grpo(out.resolve("data").resolve("grpo.parquet").toString());
        for (int i = 0; i < tasks.size(); i++) {
            assertEquals(tasks.get(i).strength().toString(), prompts.get(i).groundTruth());
        }
    }

    /** Half of the critic's lessons argue for the wrong side: told the wrong verdict, a critic must follow. */
    @Test
    void theCriticIsTaughtToFollowWhatItIsTold() {
        QuickstartConfig config = ConfigLoader.load(Quickstart.CONFIG, SMALL, QuickstartConfig.class);
        QuickstartData data = QuickstartData.write(config, Prompts.from(config.prompts()), 7, folder.resolve("data"));
        VerdictParser parser = VerdictParser.of(PromptKind.STRENGTH, ParserMode.STRICT);
        List<SftExample> judge = Examples.sft(data.sftJudge().toString());
        List<SftExample> critic = Examples.sft(data.sftCritic().toString());
        int followed = 0;
        for (int i = 0; i < critic.size(); i++) {
            int better = parser.parse(critic.get(i).output()).better();
            assertTrue(critic.get(i).instruction().contains("(" + Verdict.letter(better) + ") better"), critic.get(i).instruction());
            followed += better == parser.parse(judge.get(i).output()).better() ? 0 : 1;
        }
        assertEquals(critic.size() / 2, followed);
    }

    @Test
    void aFolderWithFilesIsRefused() throws IOException {
        Files.createFile(folder.resolve("mine.txt"));
        UserError error = assertThrows(UserError.class, () -> quickstart(folder, SMALL).run());
        assertEquals(folder + ": is not empty; give the quickstart another folder with --out, or move this one away", error.getMessage());
    }

    @Test
    void moreTasksThanQuestionsAreRefused() {
        int most = Question.all(true).size();
        UserError error = assertThrows(UserError.class,
                () -> quickstart(folder, List.of("held_out_tasks=1000")).run());
        assertEquals("quickstart: held_out_tasks: 1000, must be at most " + most + ", the number of such questions", error.getMessage());
    }
}
