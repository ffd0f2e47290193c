package thinkj.judge;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;

/**
 * The three rewards of Think-J, each with the strict parser and as published ({@code …-original}).
 *
 * <p>{@code strength}: 0 unless the right side is named; then 1 − | |gt| − s | / 8. {@code cot}: 1 right, 0.5 unparsed, 0 wrong.
 * {@code score}, with d the right response's score minus the other's: 1 + min(d/100, 1) for d &gt; 0, else max(−|d|/100, −1);
 * 0.5 unparsed. Equal scores pay −0.
 *
 * <p>Components: {@code format} 1 where a verdict could be read, {@code verdict} 1 where it is right, {@code strength_distance}
 * | |gt| − s | where a strength is stated, {@code score_difference} d where scores are.
 */
final class BuiltInRewards {
    private BuiltInRewards() {}

    static Map<String, Reward> all() {
        Map<String, Reward> rewards = new LinkedHashMap<>();
        put(rewards, "strength", BuiltInRewards::strength);
        put(rewards, "cot", input -> cot(StrictParsing.parse(PromptKind.COT, input.completion()).better(), input));
        put(rewards, "score", input -> score(StrictParsing.parse(PromptKind.SCORE, input.completion()), input));
        put(rewards, "strength-original", BuiltInRewards::strengthOriginal);
        put(rewards, "cot-original", input -> cot(OriginalParsing.rewardedCot(input.completion()), input));
        put(rewards, "score-original", input -> score(OriginalParsing.score(input.completion()), input));
        return rewards;
    }

    private static void put(Map<String, Reward> rewards, String name, Function<RewardInput, RewardResult> formula) {
        rewards.put(name, new Named(name, formula));
    }

    private record Named(String name, Function<RewardInput, RewardResult> formula) implements Reward {
        @Override
        public double score(RewardInput input) {
            return result(input).score();
        }

        @Override
        public RewardResult result(RewardInput input) {
            return formula.apply(input);
        }
    }

    private static RewardResult strength(RewardInput input) {
        int truth = truth(input, -3, 3);
        Verdict verdict = StrictParsing.parse(PromptKind.STRENGTH, input.completion());
        boolean parsed = verdict.better() != 0;
        boolean right = parsed && verdict.better() == side(truth);
        int strength = Math.abs(verdict.strength());
        return strength(right ? nearness(truth, strength) : 0, parsed, right, truth, strength);
    }

    /** The published form: the first bracketed verdict, whose right side pays one half where the strength is none of 1–3. */
    private static RewardResult strengthOriginal(RewardInput input) {
        int truth = truth(input, -3, 3);
        Matcher match = OriginalParsing.BRACKETED.matcher(input.completion());
        if (!match.find()) {
            return strength(0, false, false, truth, 0);
        }
        boolean right = OriginalParsing.side(match.group(1)) == side(truth);
        int strength = PythonText.strength(match.group(2));
        double score = strength == 0 ? 0.5 : nearness(truth, strength);
        return strength(right ? score : 0, true, right, truth, strength);
    }

    /** @param strength 0 if none is stated */
    private static RewardResult strength(double score, boolean parsed, boolean right, int truth, int strength) {
        Map<String, Double> components = components(parsed, right);
        if (strength != 0) {
            components.put("strength_distance", (double) distance(truth, strength));
        }
        return new RewardResult(score, components);
    }

    private static RewardResult cot(int better, RewardInput input) {
        int truth = truth(input, 1, 2);
        double score = better == 0 ? 0.5 : better == truth ? 1 : 0;
        return new RewardResult(score, components(better != 0, better == truth));
    }

    private static RewardResult score(Verdict verdict, RewardInput input) {
        int truth = truth(input, 1, 2);
        if (!verdict.parsed()) {
            return new RewardResult(0.5, components(false, false));
        }
        double d = truth == 1 ? verdict.score1() - verdict.score2() : verdict.score2() - verdict.score1();
        Map<String, Double> components = components(true, d > 0);
        components.put("score_difference", d);
        return new RewardResult(d > 0 ? 1 + Math.min(d / 100, 1) : Math.max(-Math.abs(d) / 100, -1), components);
    }

    private static Map<String, Double> components(boolean parsed, boolean right) {
        Map<String, Double> components = new LinkedHashMap<>();
        components.put("format", parsed ? 1.0 : 0);
        components.put("verdict", right ? 1.0 : 0);
        return components;
    }

    private static double nearness(int truth, int strength) {
        return 1 - distance(truth, strength) / 8.0;
    }

    private static int distance(int truth, int strength) {
        return Math.abs(Math.abs(truth) - strength);
    }

    private static int side(int signed) {
        return signed < 0 ? 1 : signed > 0 ? 2 : 0;
    }

    private static int truth(RewardInput input, int least, int most) {
        String text = String.valueOf(input.groundTruth()).strip();
        try {
            int truth = Integer.parseInt(text);
            if (truth >= least && truth <= most) {
                return truth;
            }
        } catch (NumberFormatException notANumber) {
            // falls through to the message that covers both
        }
        throw new IllegalArgumentException("ground_truth: '" + text + "', must be a whole number from " + least + " to " + most);
    }
}
