package thinkj.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folders that are about to be written to. */
public final class Folders {
    private static final Logger LOG = LoggerFactory.getLogger(Folders.class);

    private Folders() {}

    /** Makes a folder and those above it; one that is there already is fine. */
    public static void create(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw FileErrors.writing(folder, e);
        }
    }

    /** Makes a folder if need be and proves that files can be written in it, before hours are spent. */
    public static void requireWritable(Path folder) {
        create(folder);
        try {
            Files.delete(Files.createTempFile(folder, ".write", ".test"));
        } catch (IOException e) {
            throw FileErrors.writing(folder, e);
        }
    }

    /** Proves that a folder could be made and written to, and leaves nothing of it. */
    public static void requirePossible(Path folder) {
        List<Path> missing = new ArrayList<>();
        for (Path at = folder.toAbsolutePath(); at != null && Files.notExists(at); at = at.getParent()) {
            missing.add(at);
        }
        requireWritable(folder);
        missing.forEach(Folders::delete);
    }

    /** A new empty folder of this process's own; whoever asks for it deletes it. */
    public static Path temporary() {
        try {
            return Files.createTempDirectory("thinkj");
        } catch (IOException e) {
            throw FileErrors.writing(Path.of(System.getProperty("java.io.tmpdir")), e);
        }
    }

    /** Has everything in a folder on the disk before anything that is done later, as far as the system lets folders be forced. */
    public static void force(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                forceEntry(file);
            }
        } catch (IOException e) {
            throw FileErrors.writing(folder, e);
        }
    }

    /** Has a file's content, or a folder's list of names, on the disk, as far as the system lets it be forced. */
    public static void forceEntry(Path entry) {
        try (FileChannel channel = FileChannel.open(entry, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("{} is left to the system to write: {}", entry, e.toString());
        }
    }

    /** Deletes a folder with everything in it; one that is not there is fine. */
    public static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw FileErrors.writing(folder, e);
        }
    }
}
