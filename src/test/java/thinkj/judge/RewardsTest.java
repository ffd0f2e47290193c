package thinkj.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import thinkj.io.UserError;

class RewardsTest {

    /** A reward of a user's own. */
    public static final class LengthReward implements Reward {
        @Override
        public double score(RewardInput input) {
            return input.completion().length();
        }
    }

    private static double pay(String reward, String completion, String groundTruth) {
        return Rewards.byName(reward).score(new RewardInput("test", "", completion, groundTruth, Map.of()));
    }

    @Test
    void strictStrengthPaysTheVerdictOutsideTheThinking() {
        String answer = "<think>Therefore, Response (b) is better, and the strength is [[1]].</think>\n\n"
                + "Therefore, Response (a) is better, and the strength is [[2]].";
        assertEquals(1 - 1 / 8.0, pay("strength", answer, "-3"));
        assertEquals(0, pay("strength", answer, "1"));
        assertEquals(0, pay("strength", "", "1"));
    }

    @Test
    void strictCotTellsUnparsedFromWrong() {
        assertEquals(1, pay("cot", "Therefore, Response (a) is better.", "1"));
        assertEquals(0, pay("cot", "Therefore, Response (a) is better.", "2"));
        assertEquals(0.5, pay("cot", "<think>Therefore, Response (a) is better.", "1"));
    }

    @Test
    void strictScoreReadsAcrossLines() {
        assertEquals(1.3, pay("score", "<Score 1>60</Score 1>\n<Score 2>30</Score 2>", "1"), 1e-15, "one rounding of a sum");
    }

    @Test
    void groundTruthOutsideItsRangeIsNamed() {
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class, () -> pay("cot", "", "3"));
        assertEquals("ground_truth: '3', must be a whole number from 1 to 2", error.getMessage());
    }

    private static Map<String, Double> components(String reward, String completion, String groundTruth) {
        return Rewards.byName(reward).result(new RewardInput("test", "", completion, groundTruth, Map.of())).components();
    }

    @Test
    void builtInRewardsTellWhatTheyAreMadeOf() {
        String answer = "Therefore, Response (a) is better, and the strength is [[1]].";
        for (String reward : List.of("strength", "strength-original")) {
            assertEquals(Map.of("format", 1.0, "verdict", 1.0, "strength_distance", 2.0), components(reward, answer, "-3"));
            assertEquals(Map.of("format", 1.0, "verdict", 0.0, "strength_distance", 0.0), components(reward, answer, "1"));
            assertEquals(Map.of("format", 0.0, "verdict", 0.0), components(reward, "well", "1"));
        }
        for (String reward : List.of("cot", "cot-original")) {
            assertEquals(Map.of("format", 1.0, "verdict", 1.0), components(reward, "Therefore, Response (a) is better.", "1"));
            assertEquals(Map.of("format", 0.0, "verdict", 0.0), components(reward, "well", "1"));
        }
        for (String reward : List.of("score", "score-original")) {
            String scores = "<Score 1>60</Score 1> <Score 2>30</Score 2>";
            assertEquals(Map.of("format", 1.0, "verdict", 0.0, "score_difference", -30.0), components(reward, scores, "2"));
            assertEquals(Map.of("format", 0.0, "verdict", 0.0), components(reward, "well", "2"));
        }
        assertEquals(Map.of(), components(LengthReward.class.getName(), "abc", "1"), "a reward need not tell");
    }

    @Test
    void aClassOfTheUsersOwnIsFound() {
        assertEquals(3, pay(LengthReward.class.getName(), "abc", "1"));
    }

    @Test
    void unusableNamesAreExplained() {
        assertEquals("reward 'strenght' is neither built in (strength, cot, score, strength-original, cot-original, score-original), "
                + "nor a registered service, nor a class on the class path", refusal("strenght"));
        assertEquals("reward 'java.lang.String' is a class that does not implement thinkj.judge.Reward", refusal("java.lang.String"));
        assertEquals("reward 'thinkj.judge.Reward' must be a public class with a public constructor without parameters",
                refusal("thinkj.judge.Reward"));
    }

    private static String refusal(String name) {
        return assertThrows(UserError.class, () -> Rewards.byName(name)).getMessage();
    }
}
