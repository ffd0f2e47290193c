package thinkj.judge;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;

/**
 * The three rewards of Think-J, each with the strict parser and as published ({@code …-original}).
 *
 * <p>{@code strength}: 0 unless the right side is named; then 1 − | |gt| − s | / 8. {@code cot}: 1 right, 0.5 unparsed, 0 wrong.
 * {@code score}, with d the right response's score minus the other's: 1 + min(d/100, 1) for d &gt; 0, else max(−|d|/100, −1);
 * 0.5 unparsed. Equal scores pay −0.
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

    private static void put(Map<String, Reward> rewards, String name, ToDoubleFunction<RewardInput> score) {
        rewards.put(name, new Named(name, score));
    }

    private record Named(String name, ToDoubleFunction<RewardInput> formula) implements Reward {
        @Override
        public double score(RewardInput input) {
            return formula.applyAsDouble(input);
        }
    }

    private static double strength(RewardInput input) {
        int truth = truth(input, -3, 3);
        Verdict verdict = StrictParsing.parse(PromptKind.STRENGTH, input.completion());
        boolean right = verdict.better() != 0 && verdict.better() == side(truth);
        return right ? nearness(truth, Math.abs(verdict.strength())) : 0;
    }

    /** The published form: the first bracketed verdict, whose right side pays one half where the strength is none of 1–3. */
    private static double strengthOriginal(RewardInput input) {
        int truth = truth(input, -3, 3);
        Matcher match = OriginalParsing.BRACKETED.matcher(input.completion());
        if (!match.find() || OriginalParsing.side(match.group(1)) != side(truth)) {
            return 0;
        }
        int strength = PythonText.strength(match.group(2));
        return strength == 0 ? 0.5 : nearness(truth, strength);
    }

    private static double cot(int better, RewardInput input) {
        int truth = truth(input, 1, 2);
        return better == 0 ? 0.5 : better == truth ? 1 : 0;
    }

    private static double score(Verdict verdict, RewardInput input) {
        int truth = truth(input, 1, 2);
        if (!verdict.parsed()) {
            return 0.5;
        }
        double d = truth == 1 ? verdict.score1() - verdict.score2() : verdict.score2() - verdict.score1();
        return d > 0 ? 1 + Math.min(d / 100, 1) : Math.max(-Math.abs(d) / 100, -1);
    }

    private static double nearness(int truth, int strength) {
        return 1 - Math.abs(Math.abs(truth) - strength) / 8.0;
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
