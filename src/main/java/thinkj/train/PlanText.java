package thinkj.train;

import java.util.Locale;

/** A run's plan in words: rows of a name and a text, under headings where there is more than one table. */
final class PlanText {
    /** Format of a row. */
    static final String ROW = "  %-18s %s%n";

    private final StringBuilder text = new StringBuilder();

    /** Begins a table. */
    PlanText heading(String title) {
        text.append(text.isEmpty() ? "" : "\n").append(title).append('\n');
        return this;
    }

    PlanText row(String name, String format, Object... values) {
        text.append(String.format(ROW, name, String.format(Locale.ROOT, format, values)));
        return this;
    }

    /** Rows that are laid out already. */
    PlanText rows(String rows) {
        text.append(rows);
        return this;
    }

    /** Text of many lines, set off from the margin. */
    PlanText block(String lines) {
        lines.lines().forEach(line -> text.append("  ").append(line).append('\n'));
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
