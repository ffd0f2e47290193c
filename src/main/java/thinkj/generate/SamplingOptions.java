package thinkj.generate;

import java.util.List;
import java.util.Set;
import thinkj.tokenizer.Tokenizer;

/**
 * How tokens are chosen and when a text ends.
 *
 * @param greedy take the likeliest (after the repetition penalty) and leave out temperature, top-k and top-p
 * @param temperature divides the logits
 * @param topK 0 is off
 * @param topP 1 is off
 * @param repetitionPenalty 1 is off; looks at the prompt's ids too
 * @param seed a sample depends on this seed and its own index alone
 * @param maxNewTokens most tokens generated
 * @param stopIds ids that end a text; the id itself is kept as the last one
 * @param stopStrings texts that end a text; the text is cut before it
 */
public record SamplingOptions(
        boolean greedy,
        double temperature,
        int topK,
        double topP,
        double repetitionPenalty,
        long seed,
        int maxNewTokens,
        Set<Integer> stopIds,
        List<String> stopStrings) {

    public SamplingOptions {
        require(
                temperature > 0 && Double.isFinite(temperature),
                "temperature",
                temperature,
                "must be above 0 (for the likeliest token use greedy)");
        require(topK >= 0, "top_k", topK, "must be at least 1, or 0 for off");
        require(topP > 0 && topP <= 1, "top_p", topP, "must be above 0 and at most 1 (1 is off)");
        require(
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "repetition_penalty",
                repetitionPenalty,
                "must be above 0 (1 is off)");
        require(maxNewTokens >= 1, "max_new_tokens", maxNewTokens, "must be at least 1");
        require(stopStrings.stream().noneMatch(String::isEmpty), "stop", "\"\"", "must not be empty");
        stopIds = Set.copyOf(stopIds);
        stopStrings = List.copyOf(stopStrings);
    }

    /** What keeps these options from being used with a tokenizer, or without one (null). */
    public List<String> problems(Tokenizer tokenizerOrNull) {
        if (tokenizerOrNull == null) {
            String problem = "stop strings need the checkpoint's tokenizer files, there are none: use stop ids";
            return stopStrings.isEmpty() ? List.of() : List.of(problem);
        }
        return stopStrings.stream().flatMap(stop -> StopStrings.problem(stop, tokenizerOrNull).stream()).toList();
    }

    /** Whether a draw is from the model's own distribution. */
    boolean plain() {
        return repetitionPenalty == 1 && temperature == 1 && topK == 0 && topP == 1;
    }

    /** Whether unlikely tokens are removed before a draw. */
    boolean cuts() {
        return !greedy && (topK > 0 || topP < 1);
    }

    private static void require(boolean holds, String field, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(field + ": " + value + ", " + rule);
        }
    }
}
