package thinkj.io;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.zip.GZIPInputStream;

/** Files named on the command line: {@code -} is standard input or output, gzip is told by its first bytes, text is UTF-8. */
public final class Streams {

    /** What stands for standard input and standard output. */
    public static final String STANDARD = "-";

    private static final int BUFFER = 1 << 16;

    private Streams() {}

    public static boolean isStandard(String name) {
        return name.equals(STANDARD);
    }

    /** How messages name it. */
    public static String inputName(String name) {
        return isStandard(name) ? "standard input" : name;
    }

    /** Bytes of a file or of standard input, unpacked where they are gzip. */
    public static InputStream input(String name) {
        Path file = Path.of(inputName(name));
        try {
            return unpacked(isStandard(name) ? standardInput() : open(file));
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    /** Text of a file or of standard input, a leading byte-order mark left out; bytes that are no UTF-8 are an {@link IOException}. */
    public static BufferedReader reader(String name) {
        Reader strict = new InputStreamReader(input(name), StandardCharsets.UTF_8.newDecoder());
        BufferedReader reader = new BufferedReader(strict, BUFFER);
        try {
            reader.mark(1);
            if (reader.read() != '\uFEFF') {
                reader.reset();
            }
            return reader;
        } catch (IOException e) {
            throw FileErrors.reading(Path.of(inputName(name)), e);
        }
    }

    /** Text to a file, which appears under its name with {@link TextOutput#commit}, or to standard output. */
    public static TextOutput writer(String name) {
        return isStandard(name) ? TextOutput.standard() : TextOutput.to(Path.of(name));
    }

    /** Refuses an output that is read too: it would be written over. */
    public static void requireApart(String output, Collection<String> inputs) {
        for (String input : inputs) {
            if (!isStandard(output) && !isStandard(input) && sameFile(Path.of(output), Path.of(input))) {
                throw new UserError(output + ": is an input and would be written over; choose another output");
            }
        }
    }

    private static boolean sameFile(Path one, Path other) {
        try {
            return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
        } catch (IOException e) {
            throw FileErrors.reading(one, e);
        }
    }

    private static InputStream standardInput() {
        return new FileInputStream(FileDescriptor.in) {
            @Override
            public void close() {
                // Standard input belongs to the process.
            }
        };
    }

    private static InputStream open(Path file) throws IOException {
        return Files.newInputStream(file);
    }

    private static InputStream unpacked(InputStream raw) throws IOException {
        BufferedInputStream in = new BufferedInputStream(raw, BUFFER);
        try {
            in.mark(2);
            boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
            in.reset();
            return gzip ? new BufferedInputStream(new GZIPInputStream(in, BUFFER), BUFFER) : in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }
}
