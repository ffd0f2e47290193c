package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextStreamTest {
    private final ByteTokenizer tokenizer = new ByteTokenizer();

    @Test
    void charactersComeWhole() {
        assertEquals(List.of("a", "", "é", "", "", "", "😀", "", "b"), stream("aé😀<|end|>b"));
    }

    @Test
    void specialTokensAreLeftOut() {
        assertEquals("ab", String.join("", stream("a<|end|>b")));
    }

    @Test
    void whatIsLeftAtTheEndIsPending() {
        TextStream stream = new TextStream(tokenizer);
        assertEquals("x", stream.add('x'));
        assertEquals("", stream.add(0xC3));
        assertEquals("\uFFFD", stream.pending());
        assertEquals("é", stream.add(0xA9));
        assertEquals("", stream.pending());
    }

    private List<String> stream(String text) {
        TextStream stream = new TextStream(tokenizer);
        List<String> pieces = new ArrayList<>();
        for (int id : tokenizer.encode(text)) {
            pieces.add(stream.add(id));
        }
        return pieces;
    }
}
