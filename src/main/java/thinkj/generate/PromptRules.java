package thinkj.generate;

import java.util.Optional;

/**
 * What a model can take.
 *
 * @param vocabulary V, ids are below
 * @param context most tokens of a sequence, {@code max_position_embeddings}
 */
public record PromptRules(int vocabulary, int context) {

    /** What keeps these ids from being continued. */
    public Optional<String> promptProblem(int[] ids) {
        if (ids.length == 0) {
            return Optional.of("the prompt is empty, it must have at least one token");
        }
        if (ids.length >= context) {
            return Optional.of("the prompt has " + ids.length + " tokens, the model's context (max_position_embeddings) is " + context
                    + " and at least one must be left to generate: shorten the prompt");
        }
        return vocabularyProblem(ids);
    }

    /** What keeps a prompt and a continuation from being scored. */
    public Optional<String> continuationProblem(int[] prompt, int[] continuation) {
        if (prompt.length == 0) {
            return Optional.of("the prompt is empty, it must have at least one token");
        }
        if (continuation.length == 0) {
            return Optional.of("the continuation is empty, it must have at least one token");
        }
        if (prompt.length + continuation.length > context) {
            return Optional.of("prompt and continuation have " + prompt.length + " + " + continuation.length
                    + " tokens, the model's context (max_position_embeddings) is " + context + ": shorten them");
        }
        return vocabularyProblem(prompt).or(() -> vocabularyProblem(continuation));
    }

    private Optional<String> vocabularyProblem(int[] ids) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabulary) {
                return Optional.of("id " + ids[i] + " at position " + i + " is not in the vocabulary, ids are 0 to " + (vocabulary - 1));
            }
        }
        return Optional.empty();
    }
}
