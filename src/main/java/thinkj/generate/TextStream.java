package thinkj.generate;

import java.util.Arrays;
import thinkj.tokenizer.Tokenizer;

/**
 * Ids to text as they come. A character may be spread over several tokens, so the newest ones wait until their text is whole; each id
 * is decoded a few times at most, however long the text is.
 */
public final class TextStream {
    /** What decoders put in place of bytes that are no character, or not yet. */
    private static final char REPLACEMENT = '\uFFFD';

    private final Tokenizer tokenizer;
    private int[] ids = new int[32];
    private int size;
    /** Ids before this one are settled; from {@code context} on they are decoded again, as what stands before the new ones. */
    private int settled;
    private int context;

    public TextStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Adds an id and returns the text that is now certain, often that of this id, sometimes nothing. */
    public String add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = id;
        String text = pending();
        if (text.isEmpty() || text.charAt(text.length() - 1) == REPLACEMENT) {
            return "";
        }
        context = settled;
        settled = size;
        return text;
    }

    /** Text of the ids that wait; at the end of a sequence it is what is left to show. */
    public String pending() {
        String before = tokenizer.decode(Arrays.copyOfRange(ids, context, settled), true);
        String all = tokenizer.decode(Arrays.copyOfRange(ids, context, size), true);
        return all.length() > before.length() ? all.substring(before.length()) : "";
    }
}
