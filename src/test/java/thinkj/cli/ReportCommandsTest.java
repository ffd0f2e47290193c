package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandsTest {
    @TempDir
    private Path temp;

    @Test
    void makesAReportOfEveryRun() throws IOException {
        Path a = run("a", "1e-3", 0.5, 0.25);
        Path b = run("b", "1e-4", 0.5, 0.75);
        CommandRun done = CommandRun.of(new Main(), "report", a.toString(), b.toString());
        assertEquals(0, done.exitCode(), done.err());
        assertEquals("report: " + a.resolve("report.html") + "\nreport: " + b.resolve("report.html") + "\n", done.out());
        assertTrue(Files.size(a.resolve("report.html")) > 0 && Files.size(b.resolve("plots/loss.png")) > 0);
    }

    @Test
    void comparesWhatDiffers() throws IOException {
        Path a = run("a", "1e-3", 0.5, 0.25);
        Path b = run("b", "1e-4", 0.125, 0.75);
        Path page = temp.resolve("pages/compare.html");
        CommandRun done = CommandRun.of(new Main(), "compare", a.toString(), b.toString(), "--output", page.toString());
        assertEquals(0, done.exitCode(), done.err());
        assertEquals("""
                       a        b
                state  stopped  stopped
                step   2        2

                settings that differ     a     b
                optimizer.learning_rate  1e-3  1e-4

                values        a       b
                loss          0.25 *  0.75
                loss, lowest  0.25    0.125 *
                """ + "curves: " + page + "\n", done.out());
        String html = Files.readString(page);
        assertTrue(html.contains("<td class=\"n best\">0.25</td><td class=\"n\">0.75</td>"), html);
        assertTrue(html.contains("id=\"chart-loss\""));
        for (String outside : new String[] {"http:", "https:", "src=", "href="}) {
            assertFalse(html.contains(outside), outside);
        }
    }

    @Test
    void oneRunIsNoComparison() throws IOException {
        Path a = run("a", "1e-3", 0.5);
        assertRefused("compare: 1 run, must be at least 2", "compare", a.toString());
        assertRefused(a + ": is named twice; give each run once", "compare", a.toString(), a.toString());
        assertRefused("--refresh: 0, must be at least 1", "report", "--refresh", "0", a.toString());
    }

    private void assertRefused(String message, String... arguments) {
        CommandRun done = CommandRun.of(new Main(), arguments);
        assertEquals(2, done.exitCode());
        assertEquals("thinkj: " + message + "\n", done.err());
    }

    private Path run(String name, String learningRate, double... losses) throws IOException {
        Path folder = Files.createDirectories(temp.resolve(name));
        Files.writeString(folder.resolve("config.yaml"), "seed: 42\ndata:\n- a.json\n- b.json\noptimizer:\n  learning_rate: " + learningRate + "\n");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < losses.length; i++) {
            lines.append("{\"step\":").append(i + 1).append(",\"loss\":").append(losses[i]).append("}\n");
        }
        Files.writeString(folder.resolve("metrics.jsonl"), lines);
        return folder;
    }
}
