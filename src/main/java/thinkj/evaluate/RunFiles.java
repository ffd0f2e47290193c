package thinkj.evaluate;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a judging run keeps its things.
 *
 * @param manifest the settings that the run belongs to, and whether it is finished
 * @param journal answers in the order in which they came; gone when the run is finished
 * @param timings seconds of every answer, apart from the results so that these are the same for the same settings
 * @param outputs result files, which appear when the run is finished
 */
public record RunFiles(Path manifest, Path journal, Path timings, List<Path> outputs) {

    /** A folder of its own. */
    public static RunFiles in(Path folder, List<String> outputs) {
        return new RunFiles(folder.resolve("run.json"), folder.resolve("answers.partial.jsonl"), folder.resolve("timings.jsonl"),
                outputs.stream().map(folder::resolve).toList());
    }

    /** One output file with the rest beside it. */
    public static RunFiles beside(Path output) {
        String name = output.getFileName().toString();
        return new RunFiles(output.resolveSibling(name + ".run.json"), output.resolveSibling(name + ".partial"),
                output.resolveSibling(name + ".timings.jsonl"), List.of(output));
    }
}
