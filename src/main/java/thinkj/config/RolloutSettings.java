package thinkj.config;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * How answers are sampled.
 *
 * @param temperature divides the logits; log-probabilities and entropies of training are taken at the same temperature
 * @param topK 0 is off
 * @param topP 1 is off
 * @param maxPromptLength longer prompts, in tokens, are dropped and counted
 * @param maxResponseLength most tokens of an answer
 * @param maxRows most answers under way at once
 * @param cacheMemoryMb most megabytes of the KV cache; empty for half of what all else leaves at its least; where it is full,
 *     answers wait or are computed again
 * @param precision what sampling computes in, from weights made anew after every update
 * @param truncated what becomes of answers cut off at {@code maxResponseLength}
 * @param overlongBufferLen last tokens of {@code maxResponseLength} in which an answer's penalty grows, where {@code truncated} is
 *     {@code penalty}; at 1 only answers of the full length pay
 * @param overlongPenaltyFactor what an answer of the full length loses then
 * @param oneStepOffPolicy whether a step learns from answers of the weights before the step before it: those of the next step are sampled
 *     before the weights move, as they are where sampling and learning go on side by side
 */
public record RolloutSettings(
        double temperature,
        int topK,
        double topP,
        int maxPromptLength,
        int maxResponseLength,
        int maxRows,
        Optional<Integer> cacheMemoryMb,
        RolloutPrecision precision,
        TruncatedAnswers truncated,
        int overlongBufferLen,
        double overlongPenaltyFactor,
        boolean oneStepOffPolicy) {

    public RolloutSettings {
        new Rules()
                .that(temperature > 0 && Double.isFinite(temperature), "temperature", temperature, "must be greater than 0")
                .that(topK >= 0, "top_k", topK, "must be at least 0 (0 is off)")
                .that(topP > 0 && topP <= 1, "top_p", topP, "must be greater than 0 and at most 1")
                .that(maxPromptLength >= 1, "max_prompt_length", maxPromptLength, "must be at least 1")
                .that(maxResponseLength >= 1, "max_response_length", maxResponseLength, "must be at least 1")
                .that(maxRows >= 1, "max_rows", maxRows, "must be at least 1")
                .atLeastOne("cache_memory_mb", cacheMemoryMb)
                .that(
                        overlongBufferLen >= 1 && overlongBufferLen <= Math.max(1, maxResponseLength),
                        "overlong_buffer_len",
                        overlongBufferLen,
                        "must be from 1 to max_response_length, which is " + maxResponseLength)
                .that(
                        overlongPenaltyFactor >= 0 && Double.isFinite(overlongPenaltyFactor),
                        "overlong_penalty_factor",
                        overlongPenaltyFactor,
                        "must be at least 0")
                .check();
    }

    /** Most bytes of the KV cache. */
    public OptionalLong cacheBytes() {
        return cacheMemoryMb.stream().mapToLong(megabytes -> 1_000_000L * megabytes).findFirst();
    }
}
