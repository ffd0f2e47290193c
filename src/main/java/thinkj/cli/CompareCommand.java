package thinkj.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import thinkj.report.Comparison;
import thinkj.report.Comparison.Row;

/** {@code thinkj compare}: runs side by side. */
@WithoutTensors
@Command(
        name = "compare",
        description = {
            "Puts runs side by side: the settings that differ, last and best values (* the best of a row), and their curves on one page."
        })
public final class CompareCommand implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Folders that training commands wrote to, two or more.")
    private List<Path> runs;

    @Option(names = "--output", paramLabel = "FILE", description = "Write the page with the curves here, such as compare.html.")
    private Path output;

    @Spec
    private CommandSpec spec;

    /** Runs this command alone. */
    public static void main(String[] arguments) {
        Main.exit(new CompareCommand(), arguments);
    }

    @Override
    public Integer call() {
        Comparison comparison = Comparison.of(runs);
        PrintWriter out = spec.commandLine().getOut();
        out.print(table("", comparison.names(), comparison.progress()));
        out.println();
        out.print(table("settings that differ", comparison.names(), comparison.settings()));
        out.println();
        out.print(table("values", comparison.names(), comparison.metrics()));
        if (output != null) {
            comparison.write(output);
            out.println("curves: " + output);
        }
        out.flush();
        return 0;
    }

    /** A column for the names and one for each run, as wide as what stands in them. */
    private static String table(String title, List<String> names, List<Row> rows) {
        int columns = names.size() + 1;
        List<List<String>> lines = new ArrayList<>();
        lines.add(line(title, names, -1));
        rows.forEach(row -> lines.add(line(row.name(), row.values(), row.best())));
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder one = new StringBuilder();
            for (int c = 0; c < columns; c++) {
                int column = c;
                int width = lines.stream().mapToInt(other -> other.get(column).length()).max().orElse(0);
                one.append(line.get(c)).append(" ".repeat(width - line.get(c).length() + 2));
            }
            text.append(one.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static List<String> line(String name, List<String> values, int best) {
        List<String> line = new ArrayList<>();
        line.add(name);
        for (int i = 0; i < values.size(); i++) {
            line.add(values.get(i) + (i == best ? " *" : ""));
        }
        return line;
    }
}
