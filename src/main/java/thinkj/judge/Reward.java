package thinkj.judge;

import java.util.Map;

/**
 * Pays a judge for an answer. Implementations are found by {@link Rewards}: one of the built-in names, a service registered under this
 * interface, or a public class with a public constructor without parameters. Calls may come from several threads.
 */
public interface Reward {

    /** The reward; any finite number. One that throws, or returns no finite number, counts as failed for that sample. */
    double score(RewardInput input);

    /**
     * The reward together with what it is made of, which is what is asked for. Every component must be finite too; one that says nothing
     * about an answer is left out for it.
     */
    default RewardResult result(RewardInput input) {
        return new RewardResult(score(input), Map.of());
    }

    /** The name that a config uses for a registered service. */
    default String name() {
        return getClass().getName();
    }
}
