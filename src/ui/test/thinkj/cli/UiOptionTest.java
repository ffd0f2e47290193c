package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import thinkj.config.ConfigLoader;
import thinkj.config.SftConfig;
import thinkj.data.ExampleFiles;
import thinkj.data.SftExample;
import thinkj.io.Json;
import thinkj.io.JsonLines;
import thinkj.report.TrainingUi;
import thinkj.train.RunOptions;
import thinkj.train.SftTrainer;

/** {@code --ui} of a training command, with a model that takes no time. */
@Timeout(120)
class UiOptionTest {
    private static final String RECIPE = "configs/qwen2.5-0.5b/sft-judge.yaml";

    @TempDir
    private Path folder;

    private Path run;
    private List<String> settings;

    @BeforeEach
    void data() throws IOException {
        run = folder.resolve("run");
        Path model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        Path data = folder.resolve("data.json");
        ExampleFiles.writeSft(data.toString(), List.of(new SftExample("", "2 or 3?", "", "3"), new SftExample("", "5 or 4?", "", "5")));
        settings = List.of("model=" + model, "data=[" + data + "]", "output=" + run, "max_steps=3", "cutoff_len=64", "logging_steps=1");
    }

    @Test
    void aRunIsServedAsLongAsItGoesOn() throws IOException {
        CommandRun done = command("--ui", "--ui-port", "0");
        assertEquals(0, done.exitCode(), done.err());
        Matcher address = Pattern.compile("^training UI: http://127\\.0\\.0\\.1:(\\d+)/train/overview\n").matcher(done.out());
        assertTrue(address.find(), done.out());
        assertThrows(ConnectException.class, () -> new Socket("127.0.0.1", Integer.parseInt(address.group(1))).close());
        assertFalse(done.err().contains("WARN") || done.err().contains("INFO"), done.err());
    }

    @Test
    void aPortThatIsTakenIsSaidBeforeTraining() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            CommandRun refused = command("--ui", "--ui-port", Integer.toString(taken.getLocalPort()));
            assertEquals(2, refused.exitCode());
            assertEquals("thinkj: --ui-port: " + taken.getLocalPort()
                    + ", cannot be listened on (Address already in use); give another, or 0 for any that is free\n", refused.err());
            assertEquals("", refused.out());
            assertTrue(Files.notExists(run));
        }
    }

    @Test
    void theServedCurveIsTheRunsLog() throws Exception {
        try (TrainingUi.Server server = TrainingUi.serve(0, TrainingUi.class.getClassLoader())) {
            SftConfig config = ConfigLoader.load(Path.of(RECIPE), settings, SftConfig.class);
            SftTrainer.run(config, RunOptions.STANDARD.heardBy(server), new PrintWriter(new StringWriter()));
            JsonNode served = Json.MAPPER.readTree(get(server.address() + "/data"));
            List<Double> losses = new ArrayList<>();
            JsonLines.readAll(run.resolve("metrics.jsonl").toString()).forEach(line -> losses.add(line.require("loss").doubleValue()));
            assertEquals(3, losses.size());
            assertEquals(losses, Json.MAPPER.convertValue(served.path("scores"), List.class));
            assertTrue(served.path("model").path(2).path(1).asLong() > 0, "parameters");
        }
    }

    private static String get(String address) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(address)).timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private CommandRun command(String... options) {
        List<String> arguments = new ArrayList<>(List.of("--config", RECIPE));
        arguments.addAll(List.of(options));
        arguments.addAll(settings);
        return CommandRun.of(new SftCommand(), arguments.toArray(String[]::new));
    }
}
