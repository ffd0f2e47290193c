package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A real file system of a few megabytes, in memory, which can be filled, and folders that can be made read-only. */
final class SmallDisk implements AutoCloseable {
    private static final String NEEDS = "a file system of a few MB has to be mounted, which takes root on Linux: run the tests as root, or in a "
            + "container with CAP_SYS_ADMIN";

    private static final int MOST_ATTEMPTS = 500;

    private final Path root;

    private SmallDisk(Path root) {
        this.root = root;
    }

    /** Skips the test where nothing can be mounted. */
    static SmallDisk mount(Path at, String options) throws IOException {
        Files.createDirectories(at);
        assumeTrue(run("mount", "-t", "tmpfs", "-o", options, "thinkj-test", at.toString()) == 0, NEEDS);
        return new SmallDisk(at);
    }

    Path root() {
        return root;
    }

    /** Other sizes for a disk in use. */
    void resize(String options) {
        assertEquals(0, run("mount", "-o", "remount," + options, root.toString()), options);
    }

    /** Fills it but for a few bytes. */
    void fill(int left) {
        Path ballast = ballast();
        try (OutputStream out = Files.newOutputStream(ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            byte[] block = new byte[1 << 12];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            try (var channel = Files.newByteChannel(ballast, StandardOpenOption.WRITE)) {
                channel.truncate(Math.max(0, channel.size() - left));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    void free() throws IOException {
        Files.deleteIfExists(ballast());
    }

    private Path ballast() {
        return root.resolve("ballast");
    }

    /** Makes a folder on it read-only for whoever opens something there from now on; not while somebody who opened it a moment ago is writing. */
    static void readOnly(Path folder) {
        assertEquals(0, run("mount", "--bind", folder.toString(), folder.toString()));
        int status = -1;
        for (int attempt = 0; status != 0 && attempt < MOST_ATTEMPTS; attempt++) {
            status = run("mount", "-o", "remount,bind,ro", folder.toString());
        }
        assertEquals(0, status, "still written to after " + MOST_ATTEMPTS + " attempts");
    }

    static void writable(Path folder) {
        assertEquals(0, run("umount", folder.toString()));
    }

    private static int run(String... command) {
        try {
            return new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        } catch (IOException noSuchCommand) {
            return -1;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        assertEquals(0, run("umount", root.toString()));
    }
}
