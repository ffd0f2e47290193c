package thinkj.data;

import java.util.ArrayList;
import java.util.List;
import thinkj.config.Truncation;
import thinkj.io.UserError;

/** Applies a {@link Truncation} to row after row and keeps count. */
final class LengthLimit<T> {
    private static final int MOST_TOLD = 10;

    private final int limit;
    private final Truncation policy;
    private final List<T> rows = new ArrayList<>();
    private final List<Integer> origins = new ArrayList<>();
    private final List<String> tooLong = new ArrayList<>();
    private int seen;
    private int cut;
    private int dropped;
    private int refused;
    private int longest;

    /** The two ways to shorten a row; null where it cannot be done. */
    interface Shortening<T> {
        T apply(Truncation policy);
    }

    LengthLimit(int limit, Truncation policy) {
        if (limit < 2) {
            throw new IllegalArgumentException("limit: " + limit + ", must be at least 2 tokens");
        }
        this.limit = limit;
        this.policy = policy;
    }

    /** Takes the next row. */
    void add(int length, T whole, Shortening<T> shortening) {
        int origin = seen++;
        longest = Math.max(longest, length);
        if (length <= limit) {
            keep(origin, whole);
        } else if (policy == Truncation.ERROR) {
            if (refused++ < MOST_TOLD) {
                tooLong.add("row " + (origin + 1) + ": " + length + " tokens");
            }
        } else {
            T shorter = policy == Truncation.DROP ? null : shortening.apply(policy);
            if (shorter == null) {
                dropped++;
            } else {
                cut++;
                keep(origin, shorter);
            }
        }
    }

    private void keep(int origin, T row) {
        rows.add(row);
        origins.add(origin);
    }

    /** All rows were added. */
    Encoded<T> done() {
        if (refused > 0) {
            throw new UserError(refused + (refused == 1 ? " row is" : " rows are") + " longer than cutoff_len, which is " + limit
                    + "; raise it, or choose the truncation drop, middle or original:\n  " + String.join("\n  ", tooLong)
                    + (refused > MOST_TOLD ? "\n  and " + (refused - MOST_TOLD) + " more" : ""));
        }
        if (rows.isEmpty()) {
            throw new UserError("no row is left: all " + seen + " are longer than cutoff_len, which is " + limit + " (the longest has " + longest
                    + " tokens); raise it");
        }
        return new Encoded<>(List.copyOf(rows), origins.stream().mapToInt(Integer::intValue).toArray(),
                new EncodingCounts(seen, rows.size(), cut, dropped, longest));
    }
}
