package thinkj.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import thinkj.config.GrpoConfig;
import thinkj.config.TruncatedAnswers;
import thinkj.data.TrainingSequence;
import thinkj.model.Qwen2Model;

/**
 * The trainer's own log-probabilities of a step's answers: the policy's while it is what sampled them, the start model's at any time.
 *
 * <p>What is learnt from is decided before the models are asked: groups without signal (where they are skipped) and masked answers cost
 * nothing after sampling.
 */
final class AnswerScoring {
    private final GrpoConfig config;
    private final TokenScorer policy;
    private final Optional<TokenScorer> atSamplersTemperature;
    private final Optional<TokenScorer> reference;

    /** @param reference the start model; empty where there is no KL term */
    AnswerScoring(GrpoConfig config, Qwen2Model policy, Optional<Qwen2Model> reference) {
        this.config = config;
        double temperature = config.rollout().temperature();
        this.policy = scorer(policy, config, temperature);
        this.atSamplersTemperature = temperature == 1 ? Optional.empty() : Optional.of(scorer(policy, config, 1));
        this.reference = reference.map(model -> scorer(model, config, temperature));
    }

    /** What scores answers under a model. */
    static TokenScorer scorer(Qwen2Model model, GrpoConfig config, double temperature) {
        return new TokenScorer(model, temperature, config.batch().microBatchSize(), config.batch().microBatchTokens());
    }

    /** Scores what is learnt from of a step's groups; the policy must still be as it was when it gave the answers. */
    StepAnswers underPolicy(GroupSampling.Sampled sampled, StepClock clock) {
        List<Answer> answers = sampled.answers();
        PaidAnswers paid = sampled.paid();
        GrpoMetrics metrics = new GrpoMetrics();
        metrics.earned(answers, paid);
        metrics.putAll(sampled.metrics());
        metrics.lengths(answers, config.rollout());
        int[] learnt = learnt(answers, paid);
        metrics.put("actor/learnt_fraction", (double) learnt.length / answers.size());
        float[][] old = {};
        if (learnt.length > 0) {
            List<TrainingSequence> sequences = sequences(answers, learnt);
            IntFunction<String> names = k -> answers.get(learnt[k]).name();
            float[][] scored = clock.time("old_log_prob", () -> policy.logProbs(sequences, names));
            float[][] neutral = atSamplersTemperature.map(at -> clock.time("old_log_prob", () -> at.logProbs(sequences, names))).orElse(scored);
            metrics.samplerDifference(Arrays.stream(learnt).mapToObj(i -> answers.get(i).sampled()).toList(), neutral);
            old = scored;
        }
        return new StepAnswers(answers, paid, learnt, old, metrics.line());
    }

    /** Takes scores that were computed when the policy was what gave the answers. */
    StepAnswers asBefore(GroupSampling.Sampled sampled, StepAhead scores) {
        return new StepAnswers(sampled.answers(), sampled.paid(), learnt(sampled.answers(), sampled.paid()), scores.old(), scores.metrics());
    }

    /** Where in the policy's pass over a sequence the first numbers that are not finite come from; empty where all are finite. */
    Optional<String> fault(TrainingSequence sequence) {
        return policy.fault(sequence);
    }

    private int[] learnt(List<Answer> answers, PaidAnswers paid) {
        boolean mask = config.rollout().truncated() == TruncatedAnswers.MASK;
        boolean skip = config.loss().skipZeroVarianceGroups();
        return IntStream.range(0, answers.size())
                .filter(i -> !(mask && answers.get(i).truncated()))
                .filter(i -> !skip || paid.carriesSignal(answers.get(i).group(), config.batch().n()))
                .toArray();
    }

    private static List<TrainingSequence> sequences(List<Answer> answers, int[] learnt) {
        return Arrays.stream(learnt).mapToObj(i -> answers.get(i).sequence()).toList();
    }

    /** The answers that are learnt from, scored under the start model too, by mini-batch. */
    List<List<Experience>> experiences(StepAnswers step, StepClock clock) {
        List<List<Experience>> miniBatches = new ArrayList<>();
        for (int m = 0; m < config.batch().trainBatchSize() / config.batch().miniBatchSize(); m++) {
            miniBatches.add(new ArrayList<>());
        }
        int[] learnt = step.learnt();
        if (learnt.length == 0) {
            return miniBatches;
        }
        List<TrainingSequence> sequences = sequences(step.answers(), learnt);
        IntFunction<String> names = k -> step.answers().get(learnt[k]).name();
        float[][] start = reference.map(scorer -> clock.time("ref", () -> scorer.logProbs(sequences, names))).orElse(null);
        for (int k = 0; k < learnt.length; k++) {
            int miniBatch = step.answers().get(learnt[k]).group() / config.batch().miniBatchSize();
            double advantage = step.paid().advantages().values()[learnt[k]];
            miniBatches.get(miniBatch).add(new Experience(
                    names.apply(k), sequences.get(k), advantage, step.old()[k], start == null ? null : start[k]));
        }
        return miniBatches;
    }
}
