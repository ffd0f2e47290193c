package thinkj.train;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import thinkj.config.GrpoConfig;
import thinkj.config.RewardSettings;
import thinkj.config.RolloutSettings;
import thinkj.config.TruncatedAnswers;
import thinkj.data.GrpoRow;
import thinkj.judge.RewardInput;
import thinkj.judge.Rewards;
import thinkj.loss.GroupAdvantages;
import thinkj.loss.OverlongPenalty;

/**
 * What a step's answers earned.
 *
 * @param outcomes what the reward said of each
 * @param scores the rewards' own numbers
 * @param rewards the scores less the penalty of overlong answers
 * @param advantages over the other answers of the same prompt
 */
record PaidAnswers(List<RewardRunner.Outcome> outcomes, double[] scores, double[] rewards, GroupAdvantages advantages) {

    /** A runner of the reward that a config names. */
    static RewardRunner runner(RewardSettings settings) {
        Duration limit = Duration.ofNanos((long) (settings.timeoutSeconds() * 1e9));
        return new RewardRunner(Rewards.byName(settings.name()), limit, settings.workers(), settings.failureScore());
    }

    /**
     * What the reward says of each answer.
     *
     * @param step in which they were given, for messages
     */
    static List<RewardRunner.Outcome> outcomes(int step, List<Answer> answers, RewardRunner runner) {
        return runner.score(answers.stream().map(PaidAnswers::input).toList(), i -> "step " + step + ", " + answers.get(i).name());
    }

    /** @param outcomes what the reward said of each answer */
    static PaidAnswers of(List<Answer> answers, List<RewardRunner.Outcome> outcomes, GrpoConfig config) {
        double[] scores = outcomes.stream().mapToDouble(RewardRunner.Outcome::score).toArray();
        double[] rewards = scores.clone();
        RolloutSettings rollout = config.rollout();
        if (rollout.truncated() == TruncatedAnswers.PENALTY) {
            OverlongPenalty penalty =
                    new OverlongPenalty(rollout.maxResponseLength(), rollout.overlongBufferLen(), rollout.overlongPenaltyFactor());
            for (int i = 0; i < rewards.length; i++) {
                rewards[i] -= penalty.of(answers.get(i).ids().length);
            }
        }
        int[] groups = answers.stream().mapToInt(Answer::group).toArray();
        return new PaidAnswers(List.copyOf(outcomes), scores, rewards, GroupAdvantages.of(rewards, groups, config.loss().normAdvByStdInGrpo()));
    }

    static RewardInput input(Answer answer) {
        GrpoRow row = answer.prompt().row();
        return new RewardInput(
                row.dataSource(),
                answer.prompt().text(),
                answer.text(),
                row.groundTruth(),
                Map.of("index", row.index(), "truncated", answer.truncated()));
    }

    /** Whether any answer of a group of n has an advantage, groups counted from 0; a group of equal rewards has none. */
    boolean carriesSignal(int group, int n) {
        for (int i = group * n; i < (group + 1) * n; i++) {
            if (advantages.values()[i] != 0) {
                return true;
            }
        }
        return false;
    }

    int failures() {
        return (int) outcomes.stream().filter(RewardRunner.Outcome::failed).count();
    }
}
