package thinkj.generate;

import java.util.List;
import java.util.Set;

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
        List<String> stopStrings) {}
