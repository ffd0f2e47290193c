package thinkj.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import thinkj.data.RowFile;
import thinkj.evaluate.RewardBench.Subset;
import thinkj.io.FileErrors;
import thinkj.io.JsonLines;
import thinkj.io.UserError;
import thinkj.judge.PythonText;

/**
 * Reads RewardBench from a folder of JSON Lines or Parquet files, or from one file: {@code subset, prompt, chosen, rejected, id}. Ids
 * repeat across subsets, so a row is known by {@code subset/id}. Texts are stripped as the original program does. Rows of subsets that
 * RewardBench does not have are left out and counted; rows come out section by section, in file order within each.
 */
public final class RewardBenchReader {
    private static final int MOST_PROBLEMS = 20;
    private static final List<String> ENDINGS = List.of(".jsonl", ".json", ".parquet");

    private final Map<String, List<BenchmarkRow>> rows = new LinkedHashMap<>();
    private final Map<String, String> places = new LinkedHashMap<>();
    private final Map<String, Integer> strangers = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    private RewardBenchReader() {
        RewardBench.subsets().forEach(subset -> rows.put(subset.section().title(), new ArrayList<>()));
    }

    /**
     * The benchmark in a folder or file.
     *
     * @param limit most rows of each subset, the first ones; 0 for all
     */
    public static Benchmark read(Path source, int limit) {
        RewardBenchReader reader = new RewardBenchReader();
        for (Path file : files(source)) {
            RowFile.forEach(file.toString(), reader::take);
        }
        return reader.benchmark(source, limit);
    }

    /** Every {@code .jsonl} file of a folder in the order of names; where there is none, every {@code .json}, then {@code .parquet}. */
    private static List<Path> files(Path source) {
        if (!Files.exists(source)) {
            throw new UserError(source + ": no such folder or file; give the folder that holds RewardBench");
        }
        if (!Files.isDirectory(source)) {
            return List.of(source);
        }
        for (String ending : ENDINGS) {
            List<Path> files = filesEnding(source, ending);
            if (!files.isEmpty()) {
                return files;
            }
        }
        throw new UserError(source + ": holds no .jsonl, .json or .parquet file; give the folder that holds RewardBench");
    }

    private static List<Path> filesEnding(Path folder, String ending) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> Files.isRegularFile(path))
                    .filter(path -> path.toString().endsWith(ending) || path.toString().endsWith(ending + ".gz"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw FileErrors.reading(folder, e);
        }
    }

    private void take(JsonLines.Row row) {
        try {
            Subset subset = RewardBench.subset(row.text("subset"));
            if (subset == null) {
                strangers.merge(row.text("subset"), 1, Integer::sum);
                return;
            }
            String id = subset.name() + "/" + id(row);
            String earlier = places.putIfAbsent(id, row.place());
            if (earlier != null) {
                throw new UserError(row.place() + ": id: " + id + " stands at " + earlier
                        + " already; subset and id must be unique together");
            }
            rows.get(subset.section().title()).add(new BenchmarkRow(id, subset.name(),
                    text(row, "prompt"), text(row, "chosen"), text(row, "rejected")));
        } catch (UserError e) {
            problems.add(e.getMessage());
        }
    }

    private static String id(JsonLines.Row row) {
        JsonNode id = row.require("id");
        if (!id.isTextual() && !id.isIntegralNumber()) {
            throw new UserError(row.place() + ": id: " + id + ", must be a whole number or a text");
        }
        return id.asText();
    }

    private static String text(JsonLines.Row row, String field) {
        return PythonText.strip(row.text(field));
    }

    private Benchmark benchmark(Path source, int limit) {
        if (!problems.isEmpty()) {
            throw new UserError(problems(source));
        }
        List<BenchmarkRow> all = rows.values().stream().flatMap(List::stream).toList();
        if (all.isEmpty()) {
            throw new UserError(source + ": the data set is empty, no row belongs to a subset of RewardBench");
        }
        return new Benchmark(RewardBench.NAME, limit == 0 ? all : limited(all, limit), notes(all));
    }

    private String problems(Path source) {
        List<String> shown = problems.subList(0, Math.min(MOST_PROBLEMS, problems.size()));
        String more = problems.size() > shown.size() ? "\n  and " + (problems.size() - shown.size()) + " more" : "";
        return source + ": " + problems.size() + (problems.size() == 1 ? " row" : " rows") + " cannot be used:\n  "
                + String.join("\n  ", shown) + more;
    }

    private static List<BenchmarkRow> limited(List<BenchmarkRow> all, int limit) {
        Map<String, Integer> taken = new LinkedHashMap<>();
        return all.stream().filter(row -> taken.merge(row.subset(), 1, Integer::sum) <= limit).toList();
    }

    private List<String> notes(List<BenchmarkRow> all) {
        List<String> notes = new ArrayList<>();
        strangers.forEach((subset, count) ->
                notes.add(count + (count == 1 ? " row" : " rows") + " of '" + subset + "' left out: RewardBench has no such subset"));
        Map<String, Integer> counts = new LinkedHashMap<>();
        all.forEach(row -> counts.merge(row.subset(), 1, Integer::sum));
        for (Subset subset : RewardBench.subsets()) {
            int found = counts.getOrDefault(subset.name(), 0);
            if (found != subset.rows()) {
                notes.add("subset " + subset.name() + " has " + found + " rows, the published set has " + subset.rows());
            }
        }
        return notes;
    }
}
