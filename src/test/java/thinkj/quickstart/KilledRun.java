package thinkj.quickstart;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import thinkj.cli.Main;
import thinkj.config.ConfigLoader;
import thinkj.config.DpoConfig;
import thinkj.config.GrpoConfig;
import thinkj.config.SftConfig;
import thinkj.train.DpoTrainer;
import thinkj.train.GrpoTrainer;
import thinkj.train.SftTrainer;

/**
 * A training command in processes of its own: killed, started again with the same arguments, and so on until it is done.
 *
 * @param command sft, dpo or grpo
 * @param config the recipe
 * @param overrides in place of its values; the output folder is added
 */
record KilledRun(String command, Path config, List<String> overrides) {
    private static final int SIGTERM = 128 + 15;
    private static final long LONGEST_SECONDS = 300;

    /** Does in this process what the command does, undisturbed, and returns the seconds that it took. */
    double undisturbed(Path output) {
        List<String> all = new ArrayList<>(overrides);
        all.add("output=" + output);
        PrintWriter quiet = new PrintWriter(Writer.nullWriter());
        long began = System.nanoTime();
        switch (command) {
            case "sft" -> SftTrainer.run(ConfigLoader.load(config, all, SftConfig.class), quiet);
            case "dpo" -> DpoTrainer.run(ConfigLoader.load(config, all, DpoConfig.class), quiet);
            default -> GrpoTrainer.run(ConfigLoader.load(config, all, GrpoConfig.class), quiet);
        }
        return (System.nanoTime() - began) / 1e9;
    }

    /**
     * Kills the command so many times, unless it is done before, and then lets it end.
     *
     * @param seconds that it takes from its first words on the run, about: kills fall anywhere within
     * @return how often it was killed before it was done
     */
    int killedUntilDone(Path output, int kills, double seconds, Random random) throws IOException, InterruptedException {
        for (int kill = 0; kill < kills; kill++) {
            Child child = new Child(output);
            boolean atOnce = random.nextBoolean();
            if (random.nextInt(10) > 0) {
                child.began.await(LONGEST_SECONDS, TimeUnit.SECONDS);
            }
            child.process.waitFor((long) (random.nextDouble() * seconds * 1e9), TimeUnit.NANOSECONDS);
            if (atOnce) {
                child.process.destroyForcibly();
            } else {
                child.process.destroy();
            }
            int code = child.end();
            if (code == 0) {
                return kill;
            }
            assertEquals(atOnce ? 128 + 9 : SIGTERM, code, child::said);
            if (Files.exists(output.resolve("final"))) {
                return kill + 1;
            }
        }
        Child last = new Child(output);
        assertEquals(0, last.end(), last::said);
        return kills;
    }

    /** Weights, metrics and completions must be the same bytes, and nothing must be left of what was under way. */
    static void requireSame(Path undisturbed, Path killed) throws IOException {
        try (Stream<Path> files = Files.walk(undisturbed.resolve("final"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                requireSameBytes(file, killed.resolve(undisturbed.relativize(file)));
            }
        }
        requireSameBytes(undisturbed.resolve("metrics.jsonl"), killed.resolve("metrics.jsonl"));
        requireSameBytes(undisturbed.resolve("samples/completions.jsonl"), killed.resolve("samples/completions.jsonl"));
        try (Stream<Path> files = Files.list(killed)) {
            List<String> left = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.contains(".part") || name.endsWith(".old") || name.equals("rollouts"))
                    .toList();
            assertEquals(List.of(), left);
        }
    }

    private static void requireSameBytes(Path expected, Path actual) throws IOException {
        if (Files.exists(expected) && Files.mismatch(expected, actual) >= 0) {
            assertArrayEquals(Files.readAllBytes(expected), Files.readAllBytes(actual), actual.toString());
        }
    }

    /** One process. */
    private final class Child {
        private final Process process;
        private final StringBuilder said = new StringBuilder();
        private final CountDownLatch began = new CountDownLatch(1);
        private final Thread reader;

        Child(Path output) throws IOException {
            List<String> line = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m", "-XX:TieredStopAtLevel=1",
                    "-cp", System.getProperty("java.class.path"), Main.class.getName(), command, "--config", config.toString()));
            line.addAll(overrides);
            line.add("output=" + output);
            process = new ProcessBuilder(line).redirectErrorStream(true).start();
            reader = new Thread(this::read, "child");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try (BufferedReader lines = process.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    synchronized (said) {
                        said.append(line).append('\n');
                    }
                    if (line.matches(" *run .*")) {
                        began.countDown();
                    }
                }
            } catch (IOException e) {
                synchronized (said) {
                    said.append(e);
                }
            } finally {
                began.countDown();
            }
        }

        int end() throws InterruptedException {
            assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), this::said);
            reader.join();
            return process.exitValue();
        }

        String said() {
            synchronized (said) {
                return said.toString();
            }
        }
    }
}
