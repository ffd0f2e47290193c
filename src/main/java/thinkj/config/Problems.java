package thinkj.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import thinkj.io.UserError;

/** What is wrong with a config, in the order of its lines; the command line's overrides come last. */
final class Problems {
    private static final int COMMAND_LINE = Integer.MAX_VALUE;

    private record Problem(int line, String text) {}

    private final Path file;
    private final List<Problem> found = new ArrayList<>();

    Problems(Path file) {
        this.file = file;
    }

    /** @param line counted from 1; 0 for the file as a whole, negative for an override */
    void add(int line, String text) {
        String place = line < 0 ? "command line" : line == 0 ? file.toString() : file + ":" + line;
        found.add(new Problem(line < 0 ? COMMAND_LINE : line, place + ": " + text));
    }

    /** @throws UserError with all of them, where there are any */
    void check() {
        if (found.isEmpty()) {
            return;
        }
        List<String> lines = found.stream().sorted(Comparator.comparingInt(Problem::line)).map(Problem::text).toList();
        String all = String.join("\n", lines);
        throw new UserError(lines.size() == 1 ? all : lines.size() + " problems in the configuration\n" + all);
    }
}
