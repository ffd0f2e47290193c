package thinkj.judge;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A prompt with places such as <code>{instruction}</code>. Other braces are plain text, and so is everything that is filled in.
 */
final class PromptTemplate {
    private static final Pattern PLACE = Pattern.compile("\\{([a-z][a-z0-9_]*)\\}");

    private final String text;

    PromptTemplate(String text) {
        this.text = text;
    }

    /** What is wrong with the places, one line a problem; empty if all is well. */
    static List<String> problems(String text, Collection<String> required, Collection<String> optional) {
        Set<String> found = new LinkedHashSet<>(PLACE.matcher(text).results().map(m -> m.group(1)).toList());
        Set<String> known = new LinkedHashSet<>(required);
        known.addAll(optional);
        List<String> problems = new ArrayList<>();
        for (String place : found) {
            if (!known.contains(place)) {
                problems.add("{" + place + "} is not a place of this prompt; it has {" + String.join("}, {", known) + "}");
            }
        }
        for (String place : required) {
            if (!found.contains(place)) {
                problems.add("{" + place + "} is missing");
            }
        }
        return problems;
    }

    boolean uses(String place) {
        return text.contains("{" + place + "}");
    }

    /** The text with every place filled, in one pass. */
    String fill(Map<String, String> values) {
        return PLACE.matcher(text).replaceAll((MatchResult m) -> Matcher.quoteReplacement(values.get(m.group(1))));
    }

    /**
     * Where the places' values stand in a text that this template made: place → start and end. Empty for any other text. Where a value
     * itself holds a piece of the template's wording, the first occurrence counts.
     */
    Map<String, int[]> places(String filled) {
        List<MatchResult> places = PLACE.matcher(text).results().toList();
        Map<String, int[]> found = new LinkedHashMap<>();
        int at = 0;
        int wordingFrom = 0;
        for (int p = 0; p <= places.size(); p++) {
            boolean last = p == places.size();
            String wording = text.substring(wordingFrom, last ? text.length() : places.get(p).start());
            int next = last ? filled.length() - wording.length() : filled.indexOf(wording, at);
            if (next < at || !filled.startsWith(wording, next) || p == 0 && next > 0) {
                return Map.of();
            }
            if (p > 0) {
                found.put(places.get(p - 1).group(1), new int[] {at, next});
            }
            at = next + wording.length();
            wordingFrom = last ? wordingFrom : places.get(p).end();
        }
        return found;
    }
}
