package thinkj.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import thinkj.io.JsonLines.Row;
import thinkj.io.UserError;

/** Gathers what is wrong with the rows of a file, so that all of it is told at once. */
final class RowProblems {
    private static final int MOST = 20;

    private final List<String> problems = new ArrayList<>();
    private int count;

    /** What the reading makes of the row; null, and one more problem, where it refuses. */
    <T> T tryRow(Row row, Function<Row, T> reading) {
        try {
            return reading.apply(row);
        } catch (UserError e) {
            add(e.getMessage());
        } catch (IllegalArgumentException e) {
            add(row.place() + ": " + e.getMessage());
        }
        return null;
    }

    void add(String problem) {
        if (count++ < MOST) {
            problems.add(problem);
        }
    }

    /** Ends with one message if there was a problem. */
    void report(String file) {
        if (count == 1) {
            throw new UserError(problems.get(0));
        }
        if (count > 1) {
            throw new UserError(file + ": " + count + " rows cannot be used:\n  " + String.join("\n  ", problems)
                    + (count > MOST ? "\n  and " + (count - MOST) + " more" : ""));
        }
    }
}
