package thinkj.io;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.UnaryOperator;

/**
 * A file that is there whole or not at all: bytes go to {@code name.part} beside it, {@link #commit} forces them to the disk and renames.
 * Missing folders on the way are made. Closed without a commit, the part is removed and an older file of that name stays as it was.
 *
 * <p>Failures are {@link UserError}s where the user can mend them: no space left, a folder that cannot be written, a file in a folder's
 * place.
 */
public final class AtomicFile implements AutoCloseable {
    private final Path target;
    private final Path part;
    private final FileChannel channel;
    private final OutputStream stream;
    private boolean done;

    /** What writes the content. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private AtomicFile(Path target, Path part, FileChannel channel, UnaryOperator<OutputStream> disk) {
        this.target = target;
        this.part = part;
        this.channel = channel;
        this.stream = new BufferedOutputStream(new Owned(disk.apply(Channels.newOutputStream(channel))), 1 << 16);
    }

    /** Starts a file. */
    public static AtomicFile open(Path target) {
        return open(target, UnaryOperator.identity());
    }

    /** @param disk stands between the buffer and the file; tests put a failing one here */
    static AtomicFile open(Path target, UnaryOperator<OutputStream> disk) {
        Path part = target.resolveSibling(target.getFileName() + ".part");
        if (Files.isDirectory(target)) {
            throw new UserError(target + ": is a folder, a file was expected");
        }
        try {
            Folders.create(target.toAbsolutePath().getParent());
            FileChannel channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
            return new AtomicFile(target, part, channel, disk);
        } catch (IOException e) {
            throw FileErrors.writing(target, e);
        }
    }

    /** Writes a whole file. */
    public static void write(Path target, Content content) {
        try (AtomicFile file = open(target)) {
            content.writeTo(file.stream());
            file.commit();
        } catch (IOException e) {
            throw FileErrors.writing(target, e);
        }
    }

    /** Writes a whole text file in UTF-8. */
    public static void writeText(Path target, String text) {
        write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    public Path target() {
        return target;
    }

    /** Where the content goes; buffered. Its failures are {@link IOException}s, to be passed to {@link FileErrors#writing}. */
    public OutputStream stream() {
        return stream;
    }

    /** The content is complete: to the disk with it, then the name. */
    public void commit() {
        try {
            stream.flush();
            channel.force(true);
            channel.close();
            rename();
            done = true;
        } catch (IOException e) {
            throw FileErrors.writing(target, e);
        }
    }

    private void rename() throws IOException {
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Override
    public void close() {
        if (done) {
            return;
        }
        try {
            channel.close();
            Files.deleteIfExists(part);
        } catch (IOException e) {
            throw FileErrors.writing(part, e);
        }
    }

    /** Leaves closing to {@link AtomicFile#commit}: a writer on top that closes its stream must not close the channel before it is forced. */
    private static final class Owned extends FilterOutputStream {
        Owned(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
