package thinkj.train;

import java.util.List;
import thinkj.data.TrainingSequence;
import thinkj.model.PackedTokens;

/** Sequences to the batches that a model computes. */
final class Packing {
    private Packing() {}

    /** These sequences one after the other, their labelled tokens as targets. */
    static PackedTokens of(List<TrainingSequence> sequences) {
        PackedTokens.Builder batch = new PackedTokens.Builder();
        for (TrainingSequence sequence : sequences) {
            batch.add(sequence.ids(), EpochOrder.straight(sequence.length()), sequence.labels());
        }
        return batch.build();
    }
}
