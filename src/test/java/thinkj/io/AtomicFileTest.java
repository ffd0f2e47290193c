package thinkj.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path folder;

    @Test
    void appearsWithTheCommitAlone() throws IOException {
        Path target = folder.resolve("a/b/out.txt");
        try (AtomicFile file = AtomicFile.open(target)) {
            file.stream().write("whole".getBytes());
            assertFalse(Files.exists(target));
            file.commit();
        }
        assertEquals("whole", Files.readString(target));
        assertEquals(1, Files.list(target.getParent()).count());
    }

    @Test
    void withoutCommitTheOlderFileStays() throws IOException {
        Path target = Files.writeString(folder.resolve("out.txt"), "older");
        try (AtomicFile file = AtomicFile.open(target)) {
            file.stream().write("half".getBytes());
        }
        assertEquals("older", Files.readString(target));
        assertEquals(1, Files.list(folder).count());
    }

    @Test
    void aFullDiskIsTheUsersAndLeavesNothing() throws IOException {
        Path target = folder.resolve("out.txt");
        UserError error = assertThrows(UserError.class, () -> {
            try (TextOutput out = TextOutput.to(AtomicFile.open(target, FullDisk::new))) {
                out.write("x".repeat(1 << 20));
                out.commit();
            }
        });
        assertEquals(target + ": no space left on the device; free some space or choose another folder, then run the command again",
                error.getMessage());
        assertEquals(0, Files.list(folder).count());
    }

    @Test
    void aFileInAFoldersPlace() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        UserError error = assertThrows(UserError.class, () -> AtomicFile.writeText(file.resolve("out.txt"), ""));
        assertEquals(file + ": cannot be written, a file stands where a folder is needed; choose another path", error.getMessage());
    }

    @Test
    void aFolderInTheFilesPlace() {
        UserError error = assertThrows(UserError.class, () -> AtomicFile.writeText(folder, ""));
        assertEquals(folder + ": is a folder, a file was expected", error.getMessage());
    }

    @Test
    void aFolderWithoutPermission() {
        RuntimeException error = FileErrors.writing(folder, new AccessDeniedException(folder.toString()));
        assertInstanceOf(UserError.class, error);
        assertEquals(folder + ": cannot be written (permission denied); choose a folder that you can write to", error.getMessage());
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs a file system in which nobody can make folders")
    void aFolderThatCannotBeMade() {
        Path place = Path.of("/proc/thinkj");
        UserError error = assertThrows(UserError.class, () -> Folders.requireWritable(place));
        assertEquals(place + ": cannot be written (no such folder); choose another path", error.getMessage());
    }

    @Test
    void whetherAFolderCouldBeMadeIsFoundOutWithoutATrace() throws IOException {
        Folders.requirePossible(folder.resolve("a/b"));
        assertTrue(Files.notExists(folder.resolve("a")));
        Path kept = Files.writeString(folder.resolve("kept"), "");
        Folders.requirePossible(folder);
        assertTrue(Files.exists(kept));
        UserError error = assertThrows(UserError.class, () -> Folders.requirePossible(kept.resolve("a")));
        assertEquals(kept.resolve("a") + ": cannot be written, a file stands where a folder is needed; choose another path", error.getMessage());
    }

    @Test
    void aReadOnlyFileSystem() {
        RuntimeException error = FileErrors.writing(folder, new IOException(folder + ": Read-only file system"));
        assertTrue(error.getMessage().endsWith("choose a folder that you can write to"), error.getMessage());
    }

    @Test
    void anUnknownFailureIsNotTheUsers() {
        assertInstanceOf(UncheckedIOException.class, FileErrors.writing(folder, new IOException("Input/output error")));
    }

    private static final class FullDisk extends FilterOutputStream {
        private int room = 1000;

        FullDisk(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            room -= length;
            if (room < 0) {
                throw new IOException("No space left on device");
            }
            out.write(bytes, offset, length);
        }
    }
}
