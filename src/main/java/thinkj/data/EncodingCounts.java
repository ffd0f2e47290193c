package thinkj.data;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What happened to the rows on their way to tokens.
 *
 * @param rows rows given
 * @param kept rows that are trained on, the cut ones included
 * @param cut rows that were shortened
 * @param dropped rows left out as too long
 * @param longest tokens of the longest row before any cutting
 */
public record EncodingCounts(int rows, int kept, int cut, int dropped, int longest) {

    /** By name, for logs. */
    public Map<String, Object> named() {
        Map<String, Object> named = new LinkedHashMap<>();
        named.put("rows", rows);
        named.put("kept", kept);
        named.put("cut", cut);
        named.put("dropped", dropped);
        named.put("longest", longest);
        return named;
    }

    /** One sentence. */
    @Override
    public String toString() {
        return rows + " rows, " + kept + " kept (" + cut + " of them cut), " + dropped + " dropped as too long; the longest has " + longest
                + " tokens";
    }
}
