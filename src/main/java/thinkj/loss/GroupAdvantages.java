package thinkj.loss;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much better a sample is than the others of its prompt (Shao et al., 2024, section 4.1.2): {@code (r − mean) / (std + 1e-6)}, the
 * deviation with n − 1; or {@code r − mean} alone (Liu et al., "Understanding R1-Zero-Like Training", 2025, section 3.2), so that prompts
 * whose answers score nearly alike do not weigh as much as those that tell answers apart. A group of one has its own score, as verl
 * computes it: mean 0, deviation 1.
 *
 * <p>A group of equal scores carries no signal and gets exactly 0. It is told by comparing scores: in binary arithmetic the mean of
 * seven times 0.7 is not 0.7, and the tiny deviation would blow the difference up.
 *
 * @param values the advantage of each sample
 * @param groups number of groups
 * @param zeroVariance number of groups of more than one sample whose scores are all equal
 */
public record GroupAdvantages(double[] values, int groups, int zeroVariance) {
    private static final double EPSILON = 1e-6;

    /** What is summed up over a group. */
    private static final class Group {
        private int size;
        private double sum;
        private double first;
        private boolean equal = true;
        private double squares;

        void add(double score) {
            if (size++ == 0) {
                first = score;
            }
            equal &= score == first;
            sum += score;
        }

        double advantage(double score, boolean byStd) {
            if (size > 1 && equal) {
                return 0;
            }
            double difference = size == 1 ? score : score - sum / size;
            return byStd ? difference / ((size == 1 ? 1 : Math.sqrt(squares / (size - 1))) + EPSILON) : difference;
        }
    }

    /**
     * @param scores of the samples
     * @param prompts which prompt each sample answers; samples of a prompt need not stand together
     * @param byStd whether differences are divided by their group's deviation
     */
    public static GroupAdvantages of(double[] scores, int[] prompts, boolean byStd) {
        Map<Integer, Group> groups = new LinkedHashMap<>();
        for (int i = 0; i < scores.length; i++) {
            groups.computeIfAbsent(prompts[i], prompt -> new Group()).add(scores[i]);
        }
        for (int i = 0; i < scores.length; i++) {
            Group group = groups.get(prompts[i]);
            double difference = scores[i] - group.sum / group.size;
            group.squares += difference * difference;
        }
        double[] advantages = new double[scores.length];
        for (int i = 0; i < scores.length; i++) {
            advantages[i] = groups.get(prompts[i]).advantage(scores[i], byStd);
        }
        int flat = (int) groups.values().stream().filter(group -> group.size > 1 && group.equal).count();
        return new GroupAdvantages(advantages, groups.size(), flat);
    }
}
