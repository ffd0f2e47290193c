package thinkj.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.config.Aggregation;
import thinkj.loss.GrpoLoss;
import thinkj.model.LossGraph;
import thinkj.model.Qwen2Model;

/**
 * The gradient of one optimiser step of reinforcement: cuts the step's answers into micro-batches, gives every token its weight and
 * adds up gradients and reported numbers.
 *
 * <p>Weights, with S answers of L_i tokens each in the step: {@code token-mean} {@code 1 / Σ L_i}; {@code seq-mean}
 * {@code 1 / (S · L_i)}; {@code micro-mean} {@code 1 / (tokens of the micro-batch · number of micro-batches)}. The first two give the
 * same result however the step is cut.
 */
final class PolicyGradient implements AutoCloseable {
    private final MicroBatchLanes lanes;
    private final GrpoLoss loss;
    private final Aggregation aggregation;
    private final int microBatchSize;
    private final Optional<Integer> microBatchTokens;

    /** @param temperature the one that the answers were sampled with */
    PolicyGradient(
            Qwen2Model model,
            double temperature,
            GrpoLoss loss,
            Aggregation aggregation,
            int microBatchSize,
            Optional<Integer> microBatchTokens) {
        this.lanes = new MicroBatchLanes(model, temperature, loss::define);
        this.loss = loss;
        this.aggregation = aggregation;
        this.microBatchSize = microBatchSize;
        this.microBatchTokens = microBatchTokens;
    }

    /**
     * Adds the gradient of these answers' loss.
     *
     * @param step number of the optimiser step, for messages
     * @return for each micro-batch its share of the numbers that {@link GrpoLoss#outputs} names; shares add up to the step's number
     * @throws NotFinite at the first loss that is not finite
     */
    List<Map<String, Double>> accumulate(List<Experience> answers, int step, Gradients gradients) {
        int[] lengths = answers.stream().mapToInt(answer -> answer.sequence().length()).toArray();
        List<int[]> portions = MicroBatches.cut(EpochOrder.straight(lengths.length), lengths, microBatchSize, microBatchTokens);
        IntFunction<String> rows = i -> NotFinite.rows(Arrays.stream(portions.get(i)).mapToObj(answer -> answers.get(answer).name()).toList());
        return lanes.learn(step, portions, gradients, rows, (graph, own, i) -> {
            List<Experience> members = Arrays.stream(portions.get(i)).mapToObj(answers::get).toList();
            Map<String, Double> shares = accumulate(graph, own, members, weights(members, answers, portions.size()));
            NotFinite.require("the loss", shares.get(GrpoLoss.LOSS));
            return shares;
        });
    }

    private Map<String, Double> accumulate(LossGraph graph, Gradients gradients, List<Experience> members, double[] weights) {
        Targets targets = new Targets(members, weights, loss.klCoefficient() > 0);
        Map<String, INDArray> inputs = loss.inputs(targets.old, targets.reference, targets.advantages, targets.weights);
        try {
            Map<String, INDArray> values = gradients.collect(
                    graph,
                    Packing.of(members.stream().map(Experience::sequence).toList()),
                    inputs,
                    loss.outputs().toArray(String[]::new));
            Map<String, Double> shares = new LinkedHashMap<>();
            values.forEach((name, value) -> shares.put(name, value.getDouble(0)));
            return shares;
        } finally {
            inputs.values().forEach(INDArray::close);
        }
    }

    /** Weight of a token of each member. */
    private double[] weights(List<Experience> members, List<Experience> all, int microBatches) {
        return members.stream().mapToDouble(member -> switch (aggregation) {
            case TOKEN_MEAN -> 1.0 / tokens(all);
            case SEQ_MEAN -> 1.0 / ((double) all.size() * member.answerLength());
            case MICRO_MEAN -> 1.0 / ((double) microBatches * tokens(members));
        }).toArray();
    }

    private static long tokens(List<Experience> answers) {
        return answers.stream().mapToLong(answer -> answer.answerLength()).sum();
    }

    /** What the loss wants to know of each target, one answer after the other, [M]. */
    private static final class Targets {
        final float[] old;
        final float[] reference;
        final float[] advantages;
        final float[] weights;

        Targets(List<Experience> members, double[] weightOf, boolean withReference) {
            int targets = (int) tokens(members);
            old = new float[targets];
            reference = new float[targets];
            advantages = new float[targets];
            weights = new float[targets];
            int at = 0;
            for (int i = 0; i < members.size(); i++) {
                Experience member = members.get(i);
                int length = member.answerLength();
                System.arraycopy(member.old(), 0, old, at, length);
                if (withReference) {
                    System.arraycopy(member.reference(), 0, reference, at, length);
                }
                Arrays.fill(advantages, at, at + length, (float) member.advantage());
                Arrays.fill(weights, at, at + length, (float) weightOf[i]);
                at += length;
            }
        }
    }

    @Override
    public void close() {
        lanes.close();
    }
}
