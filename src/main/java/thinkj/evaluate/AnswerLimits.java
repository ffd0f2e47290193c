package thinkj.evaluate;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import thinkj.generate.Generator;
import thinkj.io.UserError;

/**
 * How a model answers; always greedily.
 *
 * @param maxNewTokens most tokens of an answer
 * @param maxLength most tokens of prompt and answer together; the model's own context if that is shorter
 * @param batch most answers under way at once
 * @param cacheBytes most memory of the KV cache; empty for what is left
 * @param repetitionPenalty 1 for none, as the published program; empty for the one of the checkpoint's {@code generation_config.json},
 *     which transformers applies to greedy decoding too
 */
public record AnswerLimits(int maxNewTokens, int maxLength, int batch, OptionalLong cacheBytes, OptionalDouble repetitionPenalty) {

    public AnswerLimits {
        atLeastOne("max-new-tokens", maxNewTokens);
        atLeastOne("max-length", maxLength);
        atLeastOne("batch", batch);
        if (repetitionPenalty.isPresent() && !(repetitionPenalty.getAsDouble() > 0)) {
            throw new UserError("repetition-penalty: " + repetitionPenalty.getAsDouble() + ", must be above 0; 1 is none");
        }
    }

    Generator.Limits generation() {
        return new Generator.Limits(batch, cacheBytes);
    }

    /** The longest prompt that leaves room for an answer. */
    int promptLimit(int modelContext) {
        int context = Math.min(maxLength, modelContext);
        if (maxNewTokens >= context) {
            throw new UserError("max-new-tokens: " + maxNewTokens + ", leaves no room for a prompt in " + context
                    + " tokens (max-length is " + maxLength + ", the model's context is " + modelContext + "); choose a smaller one");
        }
        return context - maxNewTokens;
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new UserError(name + ": " + value + ", must be at least 1");
        }
    }
}
