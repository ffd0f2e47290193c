package thinkj.data;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import thinkj.io.JsonLines.Row;
import thinkj.io.Streams;
import thinkj.io.UserError;

/**
 * Raw rows to judge examples: read, choose the split, filter by length, drop duplicates, put the responses in random order, hold out.
 * Every row is accounted for in the report. The same files, settings and seed give the same rows; chance is keyed by a row's id and
 * instruction, so that filtering some rows changes nothing for the others.
 */
public final class Preparation {

    /**
     * A row that is kept.
     *
     * @param trace a teacher's answer to the judge's prompt; empty where the table has none
     */
    public record Kept(JudgeExample example, String trace) {}

    /** What came out, in the order of the files; {@code validation} is empty if nothing is held out. */
    public record Result(List<Kept> train, List<Kept> validation, PrepareReport report) {}

    private final PrepareSettings settings;
    private final PrepareReport report = new PrepareReport();
    private final RowProblems problems = new RowProblems();
    private final Duplicates.Finder duplicates;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, Integer> splits = new LinkedHashMap<>();
    private final List<Kept> train = new ArrayList<>();
    private final List<Kept> validation = new ArrayList<>();

    private Preparation(PrepareSettings settings) {
        this.settings = settings;
        this.duplicates = new Duplicates.Finder(settings.duplicates());
    }

    /** Prepares the rows of some files, one after the other. */
    public static Result run(PrepareSettings settings, List<String> files) {
        return new Preparation(settings).run(files);
    }

    private Result run(List<String> files) {
        for (String file : files) {
            boolean[] first = {true};
            RowFile.forEach(file, row -> {
                if (first[0]) {
                    check(row);
                    first[0] = false;
                }
                take(row);
            });
            if (first[0]) {
                throw Examples.empty(file);
            }
        }
        problems.report(String.join(", ", files.stream().map(Streams::inputName).toList()));
        requireSplit(settings.split());
        requireSplit(settings.validationSplit());
        if (train.isEmpty()) {
            throw new UserError("no row is left of " + report.rowsRead() + ":\n" + report.text().stripTrailing());
        }
        holdOut();
        return new Result(train, validation, report);
    }

    private void check(Row first) {
        settings.columns().check(first);
        if (settings.set() == DataSet.JUDGE && !first.json().has(settings.columns().of("instruction"))) {
            throw new UserError(first.place() + ": no column '" + settings.columns().of("instruction") + "'; the row has " + Columns.names(first)
                    + "; choose the format of the set, or map your own columns (instruction=COLUMN)");
        }
        if (bySplit() && !first.json().has(settings.splitColumn())) {
            throw new UserError(first.place() + ": no column '" + settings.splitColumn() + "' to tell the split by; the row has "
                    + Columns.names(first));
        }
    }

    private boolean bySplit() {
        return settings.split().isPresent() || settings.validationSplit().isPresent();
    }

    private void requireSplit(Optional<String> split) {
        if (split.isPresent() && !splits.containsKey(split.get())) {
            throw new UserError("no row's " + settings.splitColumn() + " is '" + split.get() + "'; there are " + splits.entrySet().stream()
                    .map(seen -> seen.getKey() + " (" + seen.getValue() + " rows)").collect(Collectors.joining(", ")));
        }
    }

    private void take(Row row) {
        report.read();
        problems.tryRow(row, raw -> {
            String split = bySplit() ? RowFields.name(raw, settings.splitColumn()) : "";
            splits.merge(split, 1, Integer::sum);
            boolean heldOut = settings.validationSplit().equals(Optional.of(split));
            if (!heldOut && settings.split().isPresent() && !settings.split().get().equals(split)) {
                report.drop("another split");
                return null;
            }
            String reason = take(raw, settings.set().read(raw, settings.columns()), heldOut);
            if (reason != null) {
                report.drop(reason);
            }
            return null;
        });
    }

    /** Why the row is left out; null if it was taken. */
    private String take(Row row, Reading reading, boolean heldOut) {
        if (reading.dropped() != null) {
            return reading.dropped();
        }
        String reason = settings.lengths().reason(reading.example());
        reason = reason != null ? reason : duplicates.reason(reading.example());
        if (reason != null) {
            return reason;
        }
        if (settings.most().isPresent() && train.size() + validation.size() >= settings.most().getAsLong()) {
            return "beyond the first " + settings.most().getAsLong();
        }
        String trace = RowFields.textOr(row, settings.set().traceColumn(settings.columns()), "");
        (heldOut ? validation : train).add(new Kept(ordered(named(reading.example())), trace));
        return null;
    }

    /** The same id for two rows can come of equal content in different rows; later stages join by it. */
    private JudgeExample named(JudgeExample example) {
        int earlier = ids.merge(example.id(), 1, Integer::sum) - 1;
        if (earlier == 0) {
            return example;
        }
        report.note("id seen before, numbered");
        return new JudgeExample(example.id() + "#" + (earlier + 1), example.instruction(), example.response1(), example.response2(),
                example.better(), example.strength());
    }

    private JudgeExample ordered(JudgeExample example) {
        if (!settings.randomOrder() || (chance("order", example.id()) & 1) == 0) {
            return example;
        }
        report.note("responses exchanged");
        return example.swapped();
    }

    /** Holds out whole instructions in an order of chance until the share is reached. */
    private void holdOut() {
        long wanted = Math.round(settings.validationFraction() * train.size());
        if (wanted == 0) {
            return;
        }
        Map<String, Integer> rows = new LinkedHashMap<>();
        train.forEach(kept -> rows.merge(kept.example().instruction(), 1, Integer::sum));
        List<String> instructions = new ArrayList<>(rows.keySet());
        instructions.sort(Comparator.comparingLong(instruction -> chance("hold out", instruction)));
        Set<String> chosen = new HashSet<>();
        long held = 0;
        for (String instruction : instructions) {
            if (held + rows.get(instruction) <= wanted) {
                chosen.add(instruction);
                held += rows.get(instruction);
            }
        }
        train.stream().filter(kept -> chosen.contains(kept.example().instruction())).forEach(validation::add);
        train.removeIf(kept -> chosen.contains(kept.example().instruction()));
    }

    private long chance(String what, String key) {
        byte[] digest = JudgeRows.digest(what, Long.toString(settings.seed()), key);
        return ByteBuffer.wrap(digest).getLong();
    }
}
