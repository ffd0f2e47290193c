package thinkj.train;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.CheckpointSettings;
import thinkj.config.LoraSettings;
import thinkj.data.TrainingSequence;
import thinkj.generate.Generator;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.runtime.Rematerialisation;

/**
 * Memory for what saved models answer to some examples ({@link TrainedAnswers}): weights as generation takes them, and a KV cache. It is
 * taken beside all that training holds, or, where the final model alone answers, when gradients and optimizer are gone.
 *
 * @param precision of training
 * @param examples that are answered; may be empty
 * @param limit most tokens of prompt and answer together
 */
record AnswersMemory(
        Qwen2Config model, Precision precision, Optional<LoraSettings> lora, CheckpointSettings checkpoints, List<TrainingSequence> examples, int limit) {
    private static final Logger LOG = LoggerFactory.getLogger(AnswersMemory.class);
    private static final String NAME = "answers of saved models";

    /** The plan with the answers in it, if there is room for them. */
    TrainingMemory.Saving beside(TrainingMemory.Saving training) {
        long more = beyond(training);
        return more > 0 && training.bytes() + more <= training.limit() ? training.and(NAME, more) : training;
    }

    /**
     * Those of the examples that saved models are to answer: all, or none where memory leaves no room.
     *
     * @param planned by {@link #beside}
     */
    List<TrainingSequence> answered(TrainingMemory.Saving planned) {
        boolean room = planned.parts().containsKey(NAME) || beyond(planned) == 0;
        if (!room) {
            LOG.info("samples/completions.jsonl stays empty: memory leaves no room for the weights and the KV cache that answers take");
        }
        return room ? examples : List.of();
    }

    /** What they take beyond the most that training takes. */
    private long beyond(TrainingMemory.Saving training) {
        if (examples.isEmpty()) {
            return 0;
        }
        boolean whileTraining = checkpoints.everySteps() > 0 || checkpoints.everyEpochs() > 0;
        long gone = whileTraining ? 0 : training.parts().get("gradients") + training.parts().get("AdamW state");
        MemoryNeeds needs = TrainedModel.needs(new MemoryNeeds(model, precision, Rematerialisation.OFF), lora);
        return Math.max(0, needs.samplingWeights() + cache() - gone);
    }

    private long cache() {
        int longest = TrainedAnswers.longest(examples, limit);
        return Generator.cacheNeeds(model, precision, examples.size(), examples.size(), longest).useful();
    }
}
