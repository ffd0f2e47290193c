package thinkj.ui;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.Json;
import thinkj.io.UserError;
import thinkj.report.TrainingUi;

/** The pages as a browser gets them, over loopback, of runs as training commands log them. */
@Timeout(120)
class UiServerTest {
    private static final Pattern LINKS = Pattern.compile("(?:src|href)=\"(/assets/[^\"]+)\"");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient browser = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    @TempDir
    private Path temp;

    private Path run;
    private TrainingUi.Server server;

    @BeforeEach
    void start() throws IOException {
        run = run("a run", "sft");
        server = TrainingUi.serve(0, UiServerTest.class.getClassLoader());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aRunsScoresAreServedAsTheyCome() throws Exception {
        log("metrics.jsonl", "{\"step\":1,\"loss\":0.5,\"grad_norm\":2.0}\n{\"step\":2,\"loss\":null,\"grad_norm\":1.0}\n");
        log("timings.jsonl", "{\"step\":1,\"time\":1000.5,\"tokens_per_second\":7}\n{\"step\":2,\"time\":1000.5,\"tokens_per_second\":8}\n");
        server.began(run);
        assertCurve("loss", List.of(1), List.of(0.5));
        log("metrics.jsonl", "{\"step\":3,\"loss\":0.25,\"eval_loss\":0.75}\n{\"step\":4,\"lo");
        log("timings.jsonl", "{\"step\":3,\"time\":1002.5,\"tokens_per_second\":9}\n");
        server.stepped(run, 3);
        assertCurve("loss", List.of(1, 3), List.of(0.5, 0.25));
        log("metrics.jsonl", "ss\":0.125}\n");
        server.ended(run);
        JsonNode overview = assertCurve("loss", List.of(1, 3, 4), List.of(0.5, 0.25, 0.125));
        assertEquals(List.of("sft", "24", "5000000000"), table(overview.path("model")));
        assertEquals("4", table(overview.path("perf")).get(3), "updates");

        // The other curves are the other sessions, in their order of coming, also where the clock stood still.
        assertEquals(List.of("eval_loss", "grad_norm", "loss", "tokens_per_second"), sessions("a.run:"));
        get("/train/sessions/set/a.run:tokens_per_second");
        assertCurve("tokens_per_second", List.of(1, 2, 3), List.of(7.0, 8.0, 9.0));
    }

    @Test
    void thePagesAreWhole() throws Exception {
        server.began(run);
        assertEquals(200, fetch(server.address()).statusCode());
        for (String page : List.of("/train/overview", "/train/system")) {
            Matcher links = LINKS.matcher(get(page));
            int found = 0;
            for (; links.find(); found++) {
                HttpResponse<String> asset = fetch(base() + links.group(1));
                assertEquals(200, asset.statusCode(), links.group(1));
                String type = asset.headers().firstValue("content-type").orElse("");
                assertFalse(links.group(1).endsWith(".css") && !type.startsWith("text/css"), links.group(1) + " is " + type);
            }
            assertTrue(found > 10, page);
        }
        assertEquals(302, fetch(base() + "/").statusCode());
        assertTrue(get("/train/model").startsWith("Layers are not shown"));
        assertEquals(404, fetch(base() + "/assets/webjars/none.js").statusCode());
        assertEquals(404, fetch(base() + "/assets/webjars/..%2f..%2f..%2fthinkj/version.properties").statusCode());
    }

    @Test
    void theSystemIsShown() throws Exception {
        server.began(run);
        log("metrics.jsonl", "{\"step\":1,\"loss\":0.5}\n");
        server.stepped(run, 1);
        JsonNode system = Json.MAPPER.readTree(get("/train/system/data"));
        JsonNode memory = system.path("memory").path("0");
        assertTrue(memory.path("currentBytes").path(0).asLong() > 0, system.toString());
        assertEquals(Runtime.getRuntime().maxMemory(), memory.path("maxBytes").path(0).asLong());
        assertEquals(System.getProperty("os.name"), system.path("software").path("0").path(0).path(1).asText());
    }

    @Test
    void theRunThatBeganLastIsShown() throws Exception {
        log("metrics.jsonl", "{\"step\":1,\"loss\":0.5}\n");
        server.began(run);
        server.ended(run);
        assertCurve("loss", List.of(1), List.of(0.5));
        Path next = run("next", "grpo");
        Files.writeString(next.resolve("metrics.jsonl"),
                "{\"step\":0,\"val/test_score/a\":0.75}\n{\"step\":1,\"actor/lr\":1e-6,\"critic/score/mean\":0.625}\n");
        server.began(next);
        assertCurve("what answers earn", List.of(1), List.of(0.625));
        assertEquals(List.of("actor.lr", "critic.score.mean", "val.test_score.a"), sessions("next:"));
    }

    /** A server that listens to every network answers at each of the machine's addresses; on Linux those that begin with 127 are some. */
    @Test
    void otherMachinesHearNothing() throws Exception {
        List<InetAddress> others = new ArrayList<>(List.of(InetAddress.getByName("127.0.0.2")));
        for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            Collections.list(network.getInetAddresses()).stream()
                    .filter(address -> !address.getHostAddress().equals("127.0.0.1")).forEach(others::add);
        }
        assertTrue(answers(InetAddress.getByName("127.0.0.1")));
        for (InetAddress address : others) {
            assertFalse(answers(address), address.toString());
        }
    }

    @Test
    void closedItIsGone() throws Exception {
        server.close();
        assertFalse(answers(InetAddress.getByName("127.0.0.1")));
        assertFalse(Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> thread.getName().startsWith("vert.x-eventloop")));
    }

    @Test
    void aPortMayBeTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();
            UserError error = assertThrows(UserError.class, () -> TrainingUi.serve(port, UiServerTest.class.getClassLoader()));
            assertEquals("--ui-port: " + port + ", cannot be listened on (Address already in use); give another, or 0 for any that is free",
                    error.getMessage());
        }
    }

    private Path run(String name, String recipe) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(name));
        Files.writeString(folder.resolve("environment.jsonl"),
                "{\"recipe\":\"" + recipe + "\",\"steps\":10,\"layers\":24,\"parameters\":5000000000,\"engine\":\"an engine\"}\n");
        return folder;
    }

    private void log(String file, String text) throws IOException {
        Files.writeString(run.resolve(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private JsonNode assertCurve(String what, List<Integer> steps, List<Double> values) throws Exception {
        JsonNode data = Json.MAPPER.readTree(get("/train/overview/data"));
        assertEquals(steps, Json.MAPPER.convertValue(data.path("scoresIter"), List.class), what);
        assertEquals(values, Json.MAPPER.convertValue(data.path("scores"), List.class), what);
        return data;
    }

    private List<String> sessions(String prefix) throws Exception {
        List<String> names = new ArrayList<>();
        Json.MAPPER.readTree(get("/train/sessions/info")).fieldNames().forEachRemaining(names::add);
        assertTrue(names.stream().allMatch(name -> name.startsWith(prefix)), names.toString());
        return names.stream().map(name -> name.substring(prefix.length())).sorted().toList();
    }

    /** The second column. */
    private static List<String> table(JsonNode rows) {
        return StreamSupport.stream(rows.spliterator(), false).map(row -> row.path(1).asText()).toList();
    }

    private String base() {
        return server.address().substring(0, server.address().indexOf("/train"));
    }

    private String get(String path) throws Exception {
        return fetch(base() + path).body();
    }

    private HttpResponse<String> fetch(String address) throws Exception {
        return browser.send(HttpRequest.newBuilder(URI.create(address)).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }

    private boolean answers(InetAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, URI.create(server.address()).getPort()), 2000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
