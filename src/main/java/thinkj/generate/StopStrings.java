package thinkj.generate;

import java.util.List;
import java.util.Optional;
import thinkj.tokenizer.StreamingDecoder;
import thinkj.tokenizer.Tokenizer;

/** Watches one text for the strings that end it, across the borders of tokens. */
final class StopStrings {
    private final List<String> stops;
    private final int longest;
    private final StreamingDecoder stream;
    private final StringBuilder text = new StringBuilder();

    StopStrings(List<String> stops, Tokenizer tokenizer) {
        this.stops = stops;
        this.longest = stops.stream().mapToInt(String::length).max().orElse(0);
        this.stream = new StreamingDecoder(tokenizer, true);
    }

    /** Adds an id; true once the text holds a stop string. */
    boolean add(int id) {
        int from = Math.max(0, text.length() - longest + 1);
        text.append(stream.next(id));
        String recent = text.substring(from) + stream.rest();
        return stops.stream().anyMatch(recent::contains);
    }

    /** The text before the first stop string in it. */
    static String cut(String text, List<String> stops) {
        int end = text.length();
        for (String stop : stops) {
            int at = text.indexOf(stop);
            end = at >= 0 ? Math.min(end, at) : end;
        }
        return text.substring(0, end);
    }

    /** Why a stop string could never be found: text is decoded without special tokens. */
    static Optional<String> problem(String stop, Tokenizer tokenizer) {
        for (int id : tokenizer.encode(stop)) {
            int[] one = {id};
            String shown = tokenizer.decode(one, false);
            if (!shown.isEmpty() && tokenizer.decode(one, true).isEmpty()) {
                return Optional.of("stop string \"" + stop + "\": " + shown
                        + " is a special token and never part of the text; use stop id " + id);
            }
        }
        return Optional.empty();
    }
}
