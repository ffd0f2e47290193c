package thinkj.tokenizer;

/** Text to ids and back. Added tokens such as {@code <|im_start|>} in a text become their ids; nothing is put before or after it. */
public interface Tokenizer {

    int[] encode(String text);

    /** Text of these ids; with {@code skipSpecial} special tokens are left out. */
    String decode(int[] ids, boolean skipSpecial);

    /** Id of a token as it stands in the vocabulary, or −1. */
    int idOf(String token);

    /** Number of ids, added tokens included. */
    int size();
}
