package thinkj.judge;

import java.util.ArrayList;
import java.util.Collection;
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
}
