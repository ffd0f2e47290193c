package thinkj.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;
import thinkj.io.Streams;

/** What every command takes that sends rows of a file through a model. */
final class RowArguments {

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Checkpoint folder.")
    Path model;

    @Option(names = "--input", required = true, paramLabel = "FILE", description = "Rows as JSON Lines; - is standard input.")
    String input;

    @Option(names = "--output", required = true, paramLabel = "FILE", description = "Where the results go; - is standard output.")
    String output;

    void requireApart() {
        Streams.requireApart(output, List.of(input));
    }
}
