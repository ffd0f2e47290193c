package thinkj.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StreamingDecoderTest {

    /** One id a byte. */
    private static final Tokenizer BYTES = new Tokenizer() {
        @Override
        public int[] encode(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int[] ids = new int[bytes.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = bytes[i] & 0xff;
            }
            return ids;
        }

        @Override
        public String decode(int[] ids, boolean skipSpecial) {
            byte[] bytes = new byte[ids.length];
            for (int i = 0; i < ids.length; i++) {
                bytes[i] = (byte) ids[i];
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public int idOf(String token) {
            return -1;
        }

        @Override
        public int size() {
            return 256;
        }
    };

    @Test
    void charactersAppearWhenTheyAreComplete() {
        StreamingDecoder decoder = new StreamingDecoder(BYTES, false);
        StringBuilder pieces = new StringBuilder();
        for (int id : BYTES.encode("aé😀")) {
            pieces.append('[').append(decoder.next(id)).append(']');
        }
        assertEquals("[a][][é][][][][😀]", pieces.toString());
        assertEquals("", decoder.rest());
    }

    @Test
    void brokenBytesComeOutInTheEnd() {
        StreamingDecoder decoder = new StreamingDecoder(BYTES, false);
        int[] ids = {'a', 0xf0, 0x9f, 'b', 0x80, 0xe2, 0x82};
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(decoder.next(id));
        }
        assertEquals("a\ufffdb", text.toString());
        assertEquals(BYTES.decode(ids, false), text.append(decoder.rest()).toString());
    }
}
