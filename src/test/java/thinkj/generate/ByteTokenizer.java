package thinkj.generate;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import thinkj.tokenizer.Tokenizer;

/** A token a byte, and one special token: characters beyond ASCII are spread over tokens. */
final class ByteTokenizer implements Tokenizer {
    static final int END = 256;
    static final String END_TEXT = "<|end|>";

    @Override
    public int[] encode(String text) {
        IntStream.Builder ids = IntStream.builder();
        String[] parts = text.split("<\\|end\\|>", -1);
        for (int i = 0; i < parts.length; i++) {
            if (i > 0) {
                ids.add(END);
            }
            for (byte b : parts[i].getBytes(StandardCharsets.UTF_8)) {
                ids.add(b & 0xff);
            }
        }
        return ids.build().toArray();
    }

    @Override
    public String decode(int[] ids, boolean skipSpecial) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            if (id < END) {
                bytes.write(id);
            } else if (!skipSpecial) {
                bytes.writeBytes(END_TEXT.getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public int idOf(String token) {
        return token.equals(END_TEXT) ? END : -1;
    }

    @Override
    public int size() {
        return END + 1;
    }
}
