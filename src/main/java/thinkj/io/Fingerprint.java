package thinkj.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** SHA-256 of what a result depends on, so that those of two different models or data sets are never taken for one another. */
public final class Fingerprint {
    private static final int PIECE = 1 << 20;

    private final MessageDigest digest;

    public Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** A checkpoint's weights and settings, wherever its folder lies: every {@code .json} and {@code .safetensors} file. */
    public Fingerprint checkpoint(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(Fingerprint::matters).sorted().toList();
            for (Path file : files) {
                add(file.getFileName() + "\n" + Files.size(file));
                addContent(file);
            }
            return this;
        } catch (IOException e) {
            throw FileErrors.reading(folder, e);
        }
    }

    private static boolean matters(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".json") || name.endsWith(".safetensors");
    }

    private void addContent(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            add(in, Long.MAX_VALUE);
        }
    }

    /** The next bytes of a stream, so many or all there are. */
    public Fingerprint add(InputStream in, long most) throws IOException {
        byte[] piece = new byte[PIECE];
        int n = 0;
        for (long left = most; left > 0 && n >= 0; left -= n) {
            n = in.read(piece, 0, (int) Math.min(PIECE, left));
            digest.update(piece, 0, Math.max(n, 0));
        }
        return this;
    }

    /** A text and where it ends. */
    public Fingerprint add(String text) {
        digest.update((text + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Numbers and how many they are. */
    public Fingerprint add(int[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (numbers.length + 1)).putInt(numbers.length);
        for (int number : numbers) {
            bytes.putInt(number);
        }
        digest.update(bytes.array());
        return this;
    }

    /** Flags; how many follows from what was added before. */
    public Fingerprint add(boolean[] flags) {
        for (boolean flag : flags) {
            digest.update((byte) (flag ? 1 : 0));
        }
        return this;
    }

    /** 64 hexadecimal digits; ends this fingerprint. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
