package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.SftConfig;
import thinkj.config.WeightFormat;
import thinkj.data.ExampleFiles;
import thinkj.data.SftExample;
import thinkj.io.Folders;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;

/** A whole run whose clock jumps: it is saved by time all the same, and ends with the same bytes. */
class ClockJumpsTest {
    private static final long MINUTE = 60_000_000_000L;
    private static final long DAY = 24 * 60 * MINUTE;

    @TempDir
    Path folder;

    /** Moves the clock when a step is done, before it is asked whether a checkpoint is due. */
    private static RunListener jumping(AtomicLong clock, long... byStep) {
        return new RunListener() {
            @Override
            public void stepped(Path run, int step) {
                clock.addAndGet(byStep[step - 1]);
            }
        };
    }

    private SftConfig config(Path model, Path data, String output) {
        return ConfigLoader.load(Path.of("configs/quickstart/sft-judge.yaml"), List.of(
                "model=" + model, "data=[" + data + "]", "output=" + folder.resolve(output), "max_steps=8", "batch_size=2", "micro_batch_size=1",
                "logging_steps=1", "samples_shown=0", "checkpoints.every_minutes=10", "checkpoints.keep=0"), SftConfig.class);
    }

    /** As {@link SftTrainer} puts a run together, but for the clock. */
    private Path run(SftConfig config, AtomicLong clock, RunListener listener) {
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        RunStart start = RunStart.of(config.output(), config, RunOptions.STANDARD.heardBy(listener));
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            SftSetup setup = SftSetup.read(config, checkpoint, tokenizer, new PrintWriter(Writer.nullWriter()));
            try (Qwen2Model model = setup.model(setup.saving());
                    RunDirectory run = RunDirectory.open(start, new RunDirectory.Contents("checkpoint-", setup.fingerprint()));
                    Checkpointer checkpointer = new Checkpointer(run, new Checkpointer.Parts(
                            config.checkpoints(), model, new ModelSaver(model, checkpoint, WeightFormat.F32), to -> {},
                            setup.examples().stepsPerEpoch(), setup.examples().totalSteps()), clock::get)) {
                new SftLoop(model, config, setup.examples(), setup.data(), setup.heldOut(), run, checkpointer).run();
                return checkpointer.saveFinal();
            }
        }
    }

    private List<String> checkpoints(String output) throws IOException {
        try (Stream<Path> entries = Files.list(folder.resolve(output))) {
            return entries.map(entry -> entry.getFileName().toString()).filter(name -> name.startsWith("checkpoint-")).sorted().toList();
        }
    }

    @Test
    void aJumpCostsACheckpointTooManyOrADelayAndNoByte() throws IOException {
        Path model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
        Path data = folder.resolve("data.jsonl");
        ExampleFiles.writeSft(data.toString(), List.of(
                new SftExample("", "Which is larger, 2 or 3?", "", "Three."), new SftExample("", "Which is smaller, 1 or 9?", "", "One."),
                new SftExample("", "Which is larger, 7 or 5?", "", "Seven.")));
        AtomicLong steady = new AtomicLong(-DAY);
        Path whole = run(config(model, data, "steady"), steady, jumping(steady, minutes(4, 4, 4, 4, 4, 4, 4, 4)));
        assertEquals(List.of("checkpoint-3", "checkpoint-6"), checkpoints("steady"));

        AtomicLong jumps = new AtomicLong(Long.MAX_VALUE - 3 * MINUTE);
        Path other = run(config(model, data, "jumps"), jumps, jumping(jumps, 4 * MINUTE, DAY, 4 * MINUTE, -DAY, 4 * MINUTE, 7 * MINUTE, 0, -DAY));
        assertEquals(List.of("checkpoint-2", "checkpoint-6"), checkpoints("jumps"),
                "at once when a day has gone by, and ten minutes after the clock was put back");
        requireSame(whole, other);

        Folders.delete(other);
        Folders.delete(folder.resolve("jumps/checkpoint-6"));
        run(config(model, data, "jumps"), jumps, jumping(jumps, new long[8]));
        requireSame(whole, other);
    }

    private static long[] minutes(long... minutes) {
        for (int i = 0; i < minutes.length; i++) {
            minutes[i] *= MINUTE;
        }
        return minutes;
    }

    private static void requireSame(Path whole, Path other) throws IOException {
        for (String file : List.of("../metrics.jsonl", "model.safetensors")) {
            assertArrayEquals(Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(other.resolve(file)), file);
        }
    }
}
