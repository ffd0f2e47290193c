package thinkj.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import thinkj.config.GrpoConfig;

/**
 * The groups of a step: n answers to each prompt of its window, paid. Where groups without signal are replaced (dynamic sampling; Yu et
 * al., "DAPO", 2025, section 3.2), further prompts are asked, as many at a time as the share of groups with signal so far demands, until
 * there are enough groups or the step has asked all the prompts it may; what is still missing is filled with the first groups without
 * signal, so that a step is always whole.
 *
 * <p>{@code group/zero_variance_fraction} is of all groups that were asked, before any is replaced. Where groups are replaced,
 * {@code group/asked} counts them, {@code group/resampled} those of further prompts that are learnt from, {@code group/discarded} those that
 * are not learnt from, and {@code rollout/score/mean} is the mean score of them all, which {@code critic/score/mean}, over the groups that
 * stayed, no longer tells.
 *
 * <p>Which prompts are asked and which random streams answers come from follow from seed and step, whatever was asked before.
 */
final class GroupSampling {
    private final GrpoConfig config;
    private final List<GrpoPrompt> prompts;
    private final StepWindows windows;
    private final Rollouts rollouts;
    private final RewardRunner runner;

    /**
     * A step's groups.
     *
     * @param answers those of a group together, groups counted from 0
     * @param metrics how the groups came about
     */
    record Sampled(List<Answer> answers, PaidAnswers paid, Map<String, Double> metrics) {}

    /** @param windows whose examples are the prompts */
    GroupSampling(GrpoConfig config, List<GrpoPrompt> prompts, StepWindows windows, Rollouts rollouts, RewardRunner runner) {
        this.config = config;
        this.prompts = prompts;
        this.windows = windows;
        this.rollouts = rollouts;
        this.runner = runner;
    }

    /** @param watch follows the sampling, and has what of it was done before */
    Sampled sample(int step, StepClock clock, Rollouts.Watch watch) {
        int wanted = config.batch().trainBatchSize();
        int[] order = config.batch().replacesGroups() ? windows.withOthers(step, config.batch().mostPrompts()) : windows.at(step);
        List<Answer> answers = new ArrayList<>();
        List<RewardRunner.Outcome> outcomes = new ArrayList<>();
        PaidAnswers paid;
        int asked = 0;
        int ask = wanted;
        do {
            List<Answer> more = ask(step, order, asked, ask, clock, watch);
            answers.addAll(more);
            outcomes.addAll(clock.time("adv", () -> PaidAnswers.outcomes(step, more, runner)));
            paid = PaidAnswers.of(answers, outcomes, config);
            asked += ask;
            int signal = signal(paid, asked);
            ask = Math.min(order.length - asked, demanded(wanted - signal, signal, asked));
        } while (ask > 0);
        return chosen(answers, paid, asked);
    }

    private List<Answer> ask(int step, int[] order, int asked, int ask, StepClock clock, Rollouts.Watch watch) {
        int n = config.batch().n();
        List<GrpoPrompt> next = Arrays.stream(order, asked, asked + ask).mapToObj(prompts::get).toList();
        long firstStream = ((long) (step - 1) * config.batch().mostPrompts() + asked) * n;
        List<Answer> answers = clock.time("gen", () -> rollouts.sample(next, n, firstStream, watch));
        return answers.stream().map(answer -> answer.inGroup(asked + answer.group())).toList();
    }

    /** Prompts to ask so that the missing groups come, if groups go on as before; no more than a step's at a time. */
    private int demanded(int missing, int signal, int asked) {
        long prompts = ((long) missing * asked + Math.max(signal, 1) - 1) / Math.max(signal, 1);
        return (int) Math.min(prompts, config.batch().trainBatchSize());
    }

    private int signal(PaidAnswers paid, int groups) {
        return (int) IntStream.range(0, groups).filter(group -> paid.carriesSignal(group, config.batch().n())).count();
    }

    /** Groups with signal go first, and among their kind those that were asked first; the chosen ones stand as they were asked. */
    private Sampled chosen(List<Answer> answers, PaidAnswers paid, int asked) {
        int n = config.batch().n();
        int wanted = config.batch().trainBatchSize();
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("group/zero_variance_fraction", (double) paid.advantages().zeroVariance() / paid.advantages().groups());
        if (!config.batch().replacesGroups()) {
            return new Sampled(answers, paid, metrics);
        }
        int[] groups = IntStream.concat(
                        IntStream.range(0, asked).filter(group -> paid.carriesSignal(group, n)),
                        IntStream.range(0, asked).filter(group -> !paid.carriesSignal(group, n)))
                .limit(wanted)
                .sorted()
                .toArray();
        metrics.put("group/asked", (double) asked);
        metrics.put("group/resampled", (double) Arrays.stream(groups).filter(group -> group >= wanted).count());
        metrics.put("group/discarded", (double) (asked - wanted));
        metrics.put("rollout/score/mean", Arrays.stream(paid.scores()).average().orElseThrow());
        List<Answer> kept = new ArrayList<>();
        List<RewardRunner.Outcome> outcomes = new ArrayList<>();
        for (int g = 0; g < groups.length; g++) {
            for (int i = groups[g] * n; i < (groups[g] + 1) * n; i++) {
                kept.add(answers.get(i).inGroup(g));
                outcomes.add(paid.outcomes().get(i));
            }
        }
        return new Sampled(kept, PaidAnswers.of(kept, outcomes, config), metrics);
    }
}
