package thinkj.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import thinkj.judge.Prompts;

/** Which prompts a judge is asked with, the same wherever one is. */
final class PromptsOption {

    @Option(names = "--prompts", paramLabel = "DIR", description = "Folder with prompt files in place of the built-in ones.")
    private Path folder;

    Prompts prompts() {
        return folder == null ? Prompts.builtIn() : Prompts.from(folder);
    }
}
