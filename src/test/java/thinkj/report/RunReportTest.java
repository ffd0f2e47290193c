package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.Json;
import thinkj.io.UserError;

class RunReportTest {
    private static final String HOSTILE = "</pre><script>alert('ẅ')</script>{{ 7*7 }}{% raw %}<img src=x onerror=alert(1)>";

    @TempDir
    private Path temp;

    private Path run;

    @BeforeEach
    void makeRun() throws IOException {
        run = RunFiles.supervised(temp.resolve("run & <b>"));
    }

    @Test
    void thePageShowsTheRun() throws IOException {
        String page = page();
        assertTrue(page.contains("<span class=\"badge stopped\">stopped</span>"), "its process is of the past");
        assertTrue(page.contains("supervised fine-tuning"));
        assertTrue(page.contains("step 4 of 10"));
        assertTrue(page.contains("<b>0.25</b><span>loss</span>"));
        assertTrue(page.contains("id=\"chart-loss\"") && page.contains("id=\"chart-learning-rate\"") && page.contains("id=\"chart-throughput\""));
        assertTrue(page.contains("  learning_rate: 0.001"), "its settings");
        assertTrue(page.contains("<th>physical memory</th><td>1.0 GiB</td>"), "its machine");
        assertTrue(page.contains("The run stopped before its end."));
        assertTrue(page.contains("run &amp; &lt;b&gt;"), "the folder's name is text");
    }

    @Test
    void thePageNeedsNothingElse() throws IOException {
        String page = page();
        for (String outside : List.of("http:", "https:", "src=", "href=", "@import", "url(")) {
            assertFalse(page.contains(outside), outside);
        }
    }

    @Test
    void whateverAModelWritesStaysText() throws IOException {
        Files.writeString(run.resolve("samples/trained-on.txt"), "── " + HOSTILE + "\nread ⟦" + HOSTILE + "⟧");
        for (Map<String, ?> line : List.of(
                Map.of("step", 3, "followed", 1, "prompt", HOSTILE, "completion", HOSTILE, "taught", HOSTILE),
                Map.of("step", 3, "prompt", HOSTILE, "completion", HOSTILE, "ground_truth", HOSTILE, "reward_failure", HOSTILE))) {
            RunFiles.append(run.resolve("samples/completions.jsonl"), Json.line(line) + "\n");
        }
        RunFiles.append(run.resolve("config.yaml"), "prompts: \"" + HOSTILE + "\"\n");
        RunFiles.append(run.resolve("metrics.jsonl"), Json.line(Map.of("step", 5, HOSTILE, 1.5)) + "\n");
        String page = page();
        assertFalse(page.contains("<script>alert"));
        assertFalse(page.contains("<img"));
        assertTrue(page.contains("&lt;script&gt;alert("));
        assertTrue(page.contains("{{ 7*7 }}"), "nor is it a template");
        assertTrue(page.contains("<mark>&lt;/pre&gt;"), "what is learnt is marked");
    }

    @Test
    void thePageShowsHowTheAnswerToAPromptChanges() throws IOException {
        for (int step : List.of(0, 20, 40)) {
            String said = step == 0 ? "(a)" : "(b)";
            RunFiles.append(run.resolve("samples/completions.jsonl"), Json.line(
                    Map.of("step", step, "followed", 1, "prompt", "Which?", "completion", said + " is better.", "taught", "(b) is better.\n")) + "\n");
        }
        RunFiles.append(run.resolve("samples/completions.jsonl"), "{\"step\":9,\"followed\":1,\"promp");
        String page = page();
        assertTrue(page.contains("<b>step 0</b></div>"), page);
        assertTrue(page.contains("<b>step 20 – step 40</b> · <span class=\"good\">as taught</span>"), "what stays the same is shown once");
        assertFalse(page.contains("step 9"), "a line that is not whole yet is left out");
    }

    @Test
    void aRunThatGoesOnIsLookedAtAgain() throws IOException {
        Files.writeString(run.resolve("environment.jsonl"), Json.line(Map.of(
                "recipe", "sft", "steps", 10, "started", "2999-01-01T00:00:00Z", "process", ProcessHandle.current().pid())) + "\n");
        String page = page();
        assertTrue(page.contains("<meta http-equiv=\"refresh\" content=\"7\">"));
        // Two seconds a step, six steps to go.
        assertTrue(page.contains("step 4 of 10, about 12 s left"));
        new RunReport(run).write(true, 7);
        assertTrue(Files.readString(run.resolve("report.html")).contains("badge stopped"), "unless it is known to be over");
        Files.createDirectory(run.resolve("final"));
        for (int step = 5; step <= 10; step++) {
            RunFiles.step(run, step, 0.1);
        }
        assertTrue(page().contains("badge finished"));
    }

    @Test
    void plotsArePicturesOfWhatThereIs() throws IOException {
        page();
        try (var files = Files.list(run.resolve("plots"))) {
            assertEquals(List.of("learning-rate.png", "loss.png", "throughput.png"), files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        BufferedImage loss = ImageIO.read(run.resolve("plots/loss.png").toFile());
        assertEquals(900, loss.getWidth());
        assertTrue(IntStream.range(0, loss.getWidth()).anyMatch(x -> IntStream.range(0, loss.getHeight())
                .anyMatch(y -> (loss.getRGB(x, y) & 0xffffff) == 0x0072b2)), "a curve in its colour");
    }

    @Test
    void metricsThatNoChartKnowsAreShownToo() throws IOException {
        RunFiles.append(run.resolve("metrics.jsonl"), "{\"step\":5,\"news/first\":1,\"news/second\":2}\n");
        assertTrue(page().contains("id=\"chart-news\""));
    }

    @Test
    void anythingElseIsNoRun() {
        UserError error = assertThrows(UserError.class, () -> new RunReport(temp).write(false, 1));
        assertEquals(temp + ": holds no run (config.yaml is missing); give the folder that a training command wrote to, `output` in its config",
                error.getMessage());
    }

    @Test
    void aLiveReportIsThereAtTheEndAndFailsAlone() throws IOException {
        LiveReport live = new LiveReport(Duration.ofHours(1));
        live.began(run);
        live.ended(run);
        assertTrue(Files.readString(run.resolve("report.html")).contains("badge stopped"));
        LiveReport broken = new LiveReport(Duration.ofMillis(1));
        broken.began(temp.resolve("none"));
        broken.ended(temp.resolve("none"));
    }

    private String page() throws IOException {
        RunReport report = new RunReport(run);
        report.write(false, 7);
        return Files.readString(report.page());
    }
}
