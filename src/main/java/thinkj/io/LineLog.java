package thinkj.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A growing JSON Lines file, such as metrics or judgements of a run that may be stopped: every row is on its way to the disk before
 * {@link #append} returns, so what a stopped run leaves is whole rows and at most one torn last line, which opening cuts off.
 */
public final class LineLog implements AutoCloseable {
    private final Path file;
    private final OutputStream out;

    private LineLog(Path file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    /** Opens a log to go on with, or a new one. */
    public static LineLog open(Path file) {
        Folders.create(file.toAbsolutePath().getParent());
        try {
            dropTornLine(file);
            return new LineLog(file, Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw FileErrors.writing(file, e);
        }
    }

    /** Adds a row; may be called from several threads. */
    public synchronized void append(Object row) {
        try {
            out.write((Json.line(row) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw FileErrors.writing(file, e);
        }
    }

    private static void dropTornLine(Path file) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (var channel = Files.newByteChannel(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            long end = channel.size();
            while (end > 0) {
                channel.position(end - 1);
                one.clear();
                channel.read(one);
                if (one.get(0) == '\n') {
                    break;
                }
                end--;
            }
            channel.truncate(end);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw FileErrors.writing(file, e);
        }
    }
}
