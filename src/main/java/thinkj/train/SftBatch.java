package thinkj.train;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.data.TrainingSequence;
import thinkj.loss.SftLoss;
import thinkj.model.PackedTokens;

/** Sequences to learn from, packed one after the other. */
final class SftBatch {
    private SftBatch() {}

    /** Some of the sequences, one after the other. */
    static PackedTokens packed(List<TrainingSequence> data, int[] which) {
        return Packing.of(IntStream.of(which).mapToObj(data::get).toList());
    }

    /** Labelled tokens of some sequences. */
    static long labelled(List<TrainingSequence> data, int[] which) {
        return IntStream.of(which).mapToLong(i -> data.get(i).labelled()).sum();
    }

    /** The objective's inputs; every target weighs the same. The caller closes them. */
    static Map<String, INDArray> inputs(PackedTokens batch, long labelled) {
        float[] weights = new float[batch.targets()];
        Arrays.fill(weights, 1);
        return SftLoss.inputs(weights, labelled);
    }

    static int[] lengths(List<TrainingSequence> data) {
        return data.stream().mapToInt(TrainingSequence::length).toArray();
    }
}
