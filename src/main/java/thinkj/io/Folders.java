package thinkj.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders that are about to be written to. */
public final class Folders {
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
}
