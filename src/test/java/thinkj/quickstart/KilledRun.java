package thinkj.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import thinkj.cli.Main;
import thinkj.cli.TrainingRun;

/** A training command in processes of its own: killed, started again with the same arguments, and so on until it is done. */
record KilledRun(TrainingRun run) {
    private static final long LONGEST_SECONDS = 300;

    /** How a process is ended: at once, by a service manager or `kill`, by Ctrl-C. */
    private enum Signal {
        KILL(9),
        TERM(15),
        INT(2);

        private final int number;

        Signal(int number) {
            this.number = number;
        }

        void send(Process process) throws IOException, InterruptedException {
            new ProcessBuilder("kill", "-" + name(), String.valueOf(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }
    }

    /**
     * Kills the command so many times, unless it is done before, and then lets it end.
     *
     * @param place where it trains
     * @param seconds that it takes from its first words on the run, about: kills fall anywhere within
     * @return how often it was killed before it was done
     */
    int killedUntilDone(Path place, int kills, double seconds, Random random) throws IOException, InterruptedException {
        for (int kill = 0; kill < kills; kill++) {
            Child child = new Child(place);
            Signal signal = Signal.values()[random.nextInt(Signal.values().length)];
            if (random.nextInt(10) > 0) {
                child.began.await(LONGEST_SECONDS, TimeUnit.SECONDS);
            }
            child.process.waitFor((long) (random.nextDouble() * seconds * 1e9), TimeUnit.NANOSECONDS);
            signal.send(child.process);
            int code = child.end();
            if (code == 0) {
                return kill;
            }
            assertEquals(128 + signal.number, code, child::said);
            if (Files.exists(TrainingRun.output(place).resolve("final"))) {
                return kill + 1;
            }
        }
        Child last = new Child(place);
        assertEquals(0, last.end(), last::said);
        return kills;
    }

    /** One process. */
    private final class Child {
        private final Process process;
        private final StringBuilder said = new StringBuilder();
        private final CountDownLatch began = new CountDownLatch(1);
        private final Thread reader;

        Child(Path place) throws IOException {
            List<String> line = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m", "-XX:TieredStopAtLevel=1",
                    "-cp", System.getProperty("java.class.path"), Main.class.getName()));
            line.addAll(run.arguments(place));
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
