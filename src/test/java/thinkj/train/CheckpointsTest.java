package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.checkpoint.ArrayFile;
import thinkj.io.AtomicFile;
import thinkj.io.Checksums;
import thinkj.io.UserError;

/** Checkpoint folders under every fault that a disk has. */
class CheckpointsTest {
    private static final int BLOCK = 64;

    @TempDir
    Path folder;

    private static Path save(Checkpoints checkpoints, int step) {
        return checkpoints.save(
                step,
                model -> {
                    AtomicFile.writeText(model.resolve("config.json"), "step " + step);
                    AtomicFile.writeText(model.resolve("model.safetensors"), "weights".repeat(step + 200));
                },
                trainer -> {
                    try (INDArray moments = Nd4j.valueArrayOf(new long[] {100}, (float) step)) {
                        ArrayFile.write(trainer.resolve("optimizer.safetensors"), Map.of("w.exp_avg", moments));
                    }
                    new CheckpointState(step, 9, step, "data", Optional.empty(), Map.of(), Map.of()).write(trainer.resolve("state.json"));
                });
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theNewestIsFoundByNumber() {
        Checkpoints checkpoints = new Checkpoints(folder, "checkpoint-");
        assertEquals(Optional.empty(), checkpoints.newestWhole());
        for (int step : new int[] {9, 100, 20}) {
            save(checkpoints, step);
        }
        assertEquals(Optional.of(folder.resolve("checkpoint-100")), checkpoints.newestWhole());
    }

    @Test
    void theOldestGoAndTheBestStays() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, "global_step_");
        Files.createDirectories(folder.resolve("global_step_mine"));
        for (int step = 1; step <= 5; step++) {
            save(checkpoints, step);
            checkpoints.trim(step, 2, Optional.of("global_step_2"));
        }
        assertEquals(List.of("global_step_2", "global_step_4", "global_step_5", "global_step_mine"), names(folder));
        checkpoints.trim(5, 0, Optional.empty());
        assertEquals(4, names(folder).size(), "0 keeps all");
    }

    @Test
    void everyFlippedBitAndEveryTornEndIsSeen() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, "checkpoint-");
        Path older = save(checkpoints, 1);
        Path newer = save(checkpoints, 2);
        Random random = new Random(3);
        List<Path> files;
        try (Stream<Path> tree = Files.walk(newer)) {
            files = tree.filter(Files::isRegularFile).toList();
        }
        assertEquals(5, files.size());
        for (Path file : files) {
            byte[] whole = Files.readAllBytes(file);
            byte[] flipped = whole.clone();
            flipped[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            for (byte[] broken : List.of(flipped, Arrays.copyOf(whole, whole.length / 2), new byte[0])) {
                Files.write(file, broken);
                // A flipped bit of the list itself may leave its meaning: a blank that is another blank.
                Path found = checkpoints.newestWhole().orElseThrow();
                assertTrue(found.equals(older) || file.endsWith("checksums.json") && broken == flipped, file + " is broken, yet " + found);
            }
            Files.delete(file);
            assertEquals(Optional.of(older), checkpoints.newestWhole(), file + " is missing");
            Files.write(file, whole);
            assertEquals(Optional.of(newer), checkpoints.newestWhole());
        }
    }

    @Test
    void whatIsBrokenIsNamed() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, "checkpoint-");
        Path list = save(checkpoints, 1).resolve("trainer/checksums.json");
        Path weights = folder.resolve("checkpoint-1/model.safetensors");
        Files.writeString(weights, "short");
        assertEquals(
                Optional.of(weights + ": has 5 bytes, 1407 were written"), Checksums.problem(folder.resolve("checkpoint-1"), list));
        Files.writeString(weights, "w".repeat(1407));
        assertEquals(
                Optional.of(weights + ": does not hold what was written (its checksum differs)"),
                Checksums.problem(folder.resolve("checkpoint-1"), list));
        Files.delete(weights);
        assertEquals(Optional.of(weights + ": is missing"), Checksums.problem(folder.resolve("checkpoint-1"), list));
    }

    @Test
    void aBrokenOneMakesRoomForThatOfItsStep() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, "checkpoint-");
        Path broken = save(checkpoints, 4);
        Files.delete(broken.resolve("model.safetensors"));
        save(checkpoints, 2);
        checkpoints.trim(2, 1, Optional.empty());
        assertEquals(List.of("checkpoint-2", "checkpoint-4"), names(folder), "what lies ahead is left alone");
        save(checkpoints, 4);
        assertEquals(Optional.of(broken), checkpoints.newestWhole());
        assertEquals(List.of("checkpoint-2", "checkpoint-4"), names(folder));
    }

    /** A disk that is full at the first block, at the second, and so on until the checkpoint fits. */
    @Test
    void noSpaceAtAnyWrite() throws IOException {
        int refused = 0;
        for (int blocks = 1; ; blocks++) {
            Configuration disk = Configuration.unix().toBuilder().setBlockSize(BLOCK).setMaxSize((long) BLOCK * blocks).build();
            try (FileSystem full = Jimfs.newFileSystem(disk)) {
                Path run = Files.createDirectories(full.getPath("/run"));
                Checkpoints checkpoints = new Checkpoints(run, "checkpoint-");
                Path old;
                try {
                    old = save(checkpoints, 1);
                } catch (RuntimeException tooSmall) {
                    continue;
                }
                try {
                    save(checkpoints, 2);
                } catch (RuntimeException noSpace) {
                    refused++;
                    assertEquals(List.of("checkpoint-1"), names(run), "nothing is left of it");
                    assertEquals(Optional.of(old), checkpoints.newestWhole());
                    continue;
                }
                assertEquals(Optional.of(run.resolve("checkpoint-2")), checkpoints.newestWhole());
                break;
            }
        }
        assertTrue(refused >= 20, "only " + refused + " writes were tried");
    }

    @Test
    void whatAKillLeavesIsSweptAwayAndNothingElse() throws IOException {
        save(new Checkpoints(folder, "checkpoint-"), 1);
        for (String left : List.of(".checkpoint-2.part", "..checkpoint-2.part.part123", ".checkpoint-1.old")) {
            Files.createDirectories(folder.resolve(left).resolve("trainer"));
        }
        Files.writeString(folder.resolve("config.yaml.part"), "");
        Files.writeString(folder.resolve(".lock"), "");
        Files.writeString(folder.resolve("notes.txt"), "");
        Checkpoints.sweep(folder);
        assertEquals(List.of(".lock", "checkpoint-1", "notes.txt"), names(folder));
    }

    @Test
    void aWriterThatFailsLeavesWhatWasThere() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, "checkpoint-");
        Path old = save(checkpoints, 1);
        assertThrows(UserError.class, () -> checkpoints.save(2, model -> {
            throw new UserError("no space left on the device");
        }, trainer -> {}));
        assertEquals(Optional.of(old), checkpoints.newestWhole());
        assertFalse(Files.exists(folder.resolve("checkpoint-2")));
        assertEquals(List.of("checkpoint-1"), names(folder));
    }
}
