package thinkj.tokenizer;

import java.util.Arrays;

/**
 * Text of ids that come one by one, for byte-level tokenizers such as Qwen's. A character whose bytes are spread over several tokens
 * appears when it is complete; all the pieces together are exactly the text of all the ids.
 */
public final class StreamingDecoder {
    private static final char REPLACEMENT = '\ufffd';

    private final Tokenizer tokenizer;
    private final boolean skipSpecial;
    private int[] pending = new int[16];
    private int count;

    public StreamingDecoder(Tokenizer tokenizer, boolean skipSpecial) {
        this.tokenizer = tokenizer;
        this.skipSpecial = skipSpecial;
    }

    /** Takes one more id and returns the text that is new, which may be empty. */
    public String next(int id) {
        if (count == pending.length) {
            pending = Arrays.copyOf(pending, 2 * count);
        }
        pending[count++] = id;
        String text = rest();
        // Bytes of an unfinished character decode to this one.
        if (!text.isEmpty() && text.charAt(text.length() - 1) == REPLACEMENT) {
            return "";
        }
        count = 0;
        return text;
    }

    /** Text of the ids that wait; at the end, replacement characters for bytes that never became a character. */
    public String rest() {
        return tokenizer.decode(Arrays.copyOf(pending, count), skipSpecial);
    }
}
