package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole runs on a real disk that is full or read-only, at any moment: they end with one message that can be acted on, lose nothing that
 * was whole, and the same command, once the disk has room again, ends with the bytes of the run that was never disturbed.
 */
class DiskFaultsTest {
    @TempDir
    Path folder;

    /** A disk on which so many files can be made and no more: one more after each failure, until the run gets through. */
    @ParameterizedTest
    @ValueSource(strings = {"sft-lora", "dpo", "grpo"})
    void noRoomForFiles(String trainer) throws IOException {
        int refused = noRoomForFiles(trainer, new Random(7), 9);
        assertTrue(refused >= 5, "only " + refused + " were refused");
    }

    /** Every single file in turn. */
    @ParameterizedTest
    @Tag("slow")
    @ValueSource(strings = {"sft", "sft-lora", "dpo", "grpo", "grpo-lora"})
    void noRoomForAnyFile(String trainer) throws IOException {
        int refused = noRoomForFiles(trainer, new Random(7), 1);
        System.out.println(trainer + ": " + refused + " files were refused, every time to the same end");
        assertTrue(refused >= 25, "only " + refused + " were refused");
    }

    private int noRoomForFiles(String trainer, Random random, int mostAtOnce) throws IOException {
        TrainingRun run = new TinyRuns(folder).of(trainer);
        run.undisturbed(folder.resolve("whole"));
        int files = 2;
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "size=64m,nr_inodes=" + files)) {
            int refused = 0;
            int newest = 0;
            for (CommandRun result = run.in(disk.root()); result.exitCode() != 0; result = run.in(disk.root())) {
                requireNoSpace(result);
                newest = requireNothingLost(disk.root(), newest);
                refused++;
                files += 1 + random.nextInt(mostAtOnce);
                disk.resize("nr_inodes=" + files);
            }
            TrainingRun.requireSame(folder.resolve("whole"), disk.root());
            return refused;
        }
    }

    /** A disk that somebody else fills up while a run goes on. */
    @ParameterizedTest
    @ValueSource(strings = {"sft", "dpo", "grpo-lora"})
    void aDiskThatFillsUp(String trainer) throws IOException {
        assertTrue(fillUp(trainer, new Random(3), 3) > 0, "no write was refused");
    }

    /** {@code -Dthinkj.faults=N} of every trainer, at other moments with another {@code -Dthinkj.seed=N}. */
    @ParameterizedTest
    @Tag("slow")
    @ValueSource(strings = {"sft", "sft-lora", "dpo", "grpo", "grpo-lora"})
    void aDiskThatFillsUpAgainAndAgain(String trainer) throws IOException {
        int faults = Integer.getInteger("thinkj.faults", 30);
        int refused = fillUp(trainer, new Random(Long.getLong("thinkj.seed", 0)), faults);
        System.out.println(trainer + ": the disk was full " + refused + " times, every time to the same end");
        assertTrue(refused >= faults);
    }

    private int fillUp(String trainer, Random random, int faults) throws IOException {
        TrainingRun run = new TinyRuns(folder).of(trainer);
        double seconds = run.undisturbed(folder.resolve("whole"));
        int refused = 0;
        for (int turn = 0; turn < 4 * faults && refused < faults; turn++) {
            try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk" + turn), "size=24m")) {
                int newest = 0;
                for (int kept = 0; kept < 4 && refused < faults; kept++) {
                    CommandRun result = during(run, disk.root(), moment(random, seconds, disk.root()), () -> disk.fill(random.nextInt(1 << 16)));
                    disk.free();
                    if (result.exitCode() == 0) {
                        break;
                    }
                    requireNoSpace(result);
                    newest = requireNothingLost(disk.root(), newest);
                    refused++;
                }
                if (!Files.exists(TrainingRun.output(disk.root()).resolve("final"))) {
                    run.undisturbed(disk.root());
                }
                requireReport(disk.root());
                TrainingRun.requireSame(folder.resolve("whole"), disk.root());
            }
        }
        return refused;
    }

    /** A page that found no room when the run was done does not fail it, and can be made later. */
    private static void requireReport(Path root) {
        Path output = TrainingRun.output(root);
        if (!Files.exists(output.resolve("report.html"))) {
            CommandRun report = CommandRun.of(new Main(), "report", output.toString());
            assertEquals(0, report.exitCode(), report.err());
        }
    }

    /** Any time, or when a checkpoint is just being written. */
    private static BooleanSupplier moment(Random random, double seconds, Path root) {
        long at = System.nanoTime() + (long) (random.nextDouble() * seconds * 1e9);
        boolean byFile = random.nextBoolean();
        return () -> byFile ? System.nanoTime() > at - seconds * 0.5e9 && somethingIsWritten(root) : System.nanoTime() > at;
    }

    private static boolean somethingIsWritten(Path root) {
        try (Stream<Path> entries = Files.list(TrainingRun.output(root))) {
            return entries.anyMatch(entry -> entry.getFileName().toString().contains(".part"));
        } catch (IOException notThereYet) {
            return false;
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    /** Runs a command and does something to it as soon as the moment has come, if it comes. */
    private static CommandRun during(TrainingRun run, Path place, BooleanSupplier moment, Action action) {
        CompletableFuture<CommandRun> command = new CompletableFuture<>();
        CompletableFuture<Void> fault = CompletableFuture.runAsync(() -> {
            while (!command.isDone() && !moment.getAsBoolean()) {
                LockSupport.parkNanos(200_000);
            }
            if (!command.isDone()) {
                try {
                    action.run();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try {
            command.complete(run.in(place));
        } finally {
            command.completeExceptionally(new IllegalStateException("the command ended otherwise"));
            fault.join();
        }
        return command.join();
    }

    private static void requireNoSpace(CommandRun result) {
        requireOneMessage(result);
        assertTrue(result.err().contains(": no space left "), result.err());
        assertTrue(result.err().contains("free some space"), result.err());
    }

    private static void requireOneMessage(CommandRun result) {
        assertEquals(2, result.exitCode(), result.err());
        assertEquals(1, result.err().lines().filter(line -> line.startsWith("thinkj: ")).count(), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
    }

    /** The newest checkpoint stays until there is a newer one. */
    private static int requireNothingLost(Path place, int newestBefore) throws IOException {
        Set<Integer> steps = TrainingRun.checkpoints(place);
        int newest = steps.stream().mapToInt(Integer::intValue).max().orElse(0);
        assertTrue(newest >= newestBefore, "checkpoint " + newestBefore + " was there, now " + steps);
        assertFalse(Files.exists(TrainingRun.output(place).resolve("final")), "a run that failed has no final model");
        return newest;
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft", "dpo", "grpo"})
    void aReadOnlyFolderIsRefusedBeforeTraining(String trainer) throws IOException {
        TrainingRun run = new TinyRuns(folder).of(trainer);
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "size=24m")) {
            disk.resize("ro");
            CommandRun result = run.in(disk.root());
            requireOneMessage(result);
            assertEquals("thinkj: " + TrainingRun.output(disk.root()) + ": cannot be written (read-only file system); choose a folder that you can "
                    + "write to\n", result.err());
            assertFalse(result.out().contains("  run "), "nothing was begun: " + result.out());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft-lora", "dpo", "grpo"})
    void aFolderThatBecomesReadOnly(String trainer) throws IOException {
        TrainingRun run = new TinyRuns(folder).of(trainer).with(List.of("max_steps=12")); // Long enough for a slow machine to mount something.
        run.undisturbed(folder.resolve("whole"));
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "size=24m")) {
            Path output = TrainingRun.output(disk.root());
            CommandRun result = during(run, disk.root(), () -> hasALine(output.resolve("metrics.jsonl")), () -> SmallDisk.readOnly(output));
            SmallDisk.writable(output);
            requireOneMessage(result);
            assertTrue(result.err().contains(": cannot be written (read-only file system); "), result.err());
            requireNothingLost(disk.root(), 0);
            run.undisturbed(disk.root());
            TrainingRun.requireSame(folder.resolve("whole"), disk.root());
        }
    }

    private static boolean hasALine(Path log) {
        try {
            return Files.size(log) > 0;
        } catch (IOException notThereYet) {
            return false;
        }
    }

    /** What a user who may not write sees, on any system. */
    @Test
    void aFolderInAFilesPlaceIsRefusedBeforeTraining() throws IOException {
        TrainingRun run = new TinyRuns(folder).of("sft");
        Path place = Files.writeString(folder.resolve("file"), "");
        CommandRun result = run.in(place);
        requireOneMessage(result);
        assertEquals("thinkj: " + TrainingRun.output(place) + ": cannot be written, a file stands where a folder is needed; choose another path\n",
                result.err());
    }
}
