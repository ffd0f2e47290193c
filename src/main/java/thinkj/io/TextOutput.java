package thinkj.io;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * UTF-8 text on its way to a file or to standard output. A file appears under its name with {@link #commit}; closed without it, nothing
 * is left behind.
 *
 * <pre>{@code
 * try (TextOutput out = Streams.writer(name)) {
 *     out.write("…\n");
 *     out.commit();
 * }
 * }</pre>
 *
 * Failures are {@link UserError}s where the user can mend them.
 */
public final class TextOutput extends Writer {
    private final Path path;
    private final AtomicFile file;
    private final Writer text;

    private TextOutput(Path path, AtomicFile file, OutputStream bytes) {
        this.path = path;
        this.file = file;
        this.text = new BufferedWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8), 1 << 16);
    }

    static TextOutput to(Path path) {
        return to(AtomicFile.open(path));
    }

    static TextOutput to(AtomicFile file) {
        return new TextOutput(file.target(), file, file.stream());
    }

    static TextOutput standard() {
        return new TextOutput(Path.of("standard output"), null, new FileOutputStream(FileDescriptor.out));
    }

    @Override
    public void write(char[] buffer, int offset, int length) {
        guarded(() -> text.write(buffer, offset, length));
    }

    @Override
    public void flush() {
        guarded(text::flush);
    }

    /** Everything is written: flush, and give the file its name. */
    public void commit() {
        flush();
        if (file != null) {
            file.commit();
        }
    }

    /** Ends the output. A file that was not committed is dropped; standard output is flushed and stays open. */
    @Override
    public void close() {
        if (file == null) {
            flush();
        } else {
            file.close();
        }
    }

    private void guarded(Action action) {
        try {
            action.run();
        } catch (IOException e) {
            throw FileErrors.writing(path, e);
        }
    }

    private interface Action {
        void run() throws IOException;
    }
}
