package thinkj.judge;

/**
 * Pays a judge for an answer. Implementations are found by {@link Rewards}: one of the built-in names, a service registered under this
 * interface, or a public class with a public constructor without parameters. Calls may come from several threads.
 */
public interface Reward {

    /** The reward; any finite number. One that throws, or returns no finite number, counts as failed for that sample. */
    double score(RewardInput input);

    /** The name that a config uses for a registered service. */
    default String name() {
        return getClass().getName();
    }
}
