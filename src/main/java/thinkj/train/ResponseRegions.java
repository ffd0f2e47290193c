package thinkj.train;

import java.nio.file.Path;
import java.util.Optional;
import thinkj.data.CutRegions;
import thinkj.judge.Prompts;

/** What may be cut from a text that is too long: the responses in a judge's or a critic's prompt, whose wording stays whole. */
final class ResponseRegions {
    private ResponseRegions() {}

    /** @param prompts a folder whose prompts were asked in place of the built-in ones */
    static CutRegions of(Optional<Path> prompts) {
        Prompts wording = prompts.map(Prompts::from).orElseGet(Prompts::builtIn);
        return text -> wording.responses(text).stream().map(span -> new CutRegions.Region(span[0], span[1])).toList();
    }
}
