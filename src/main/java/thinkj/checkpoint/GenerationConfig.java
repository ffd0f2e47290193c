package thinkj.checkpoint;

import java.util.List;

/**
 * {@code generation_config.json}: what the checkpoint's makers sample with. Absent fields hold the neutral value.
 *
 * @param eosTokenIds ids that end a text
 * @param padTokenId id that fills finished rows, −1 where none is stated
 * @param doSample false: greedy
 * @param temperature divides the logits; 1 is neutral
 * @param topK 0 is off
 * @param topP 1 is off
 * @param repetitionPenalty 1 is off; applies to greedy decoding too
 */
public record GenerationConfig(
        List<Integer> eosTokenIds,
        int padTokenId,
        boolean doSample,
        double temperature,
        int topK,
        double topP,
        double repetitionPenalty) {}
