package thinkj.tokenizer;

/** One turn of a dialogue: who speaks ({@code system}, {@code user} or {@code assistant}) and what is said. */
public record Message(String role, String content) {}
