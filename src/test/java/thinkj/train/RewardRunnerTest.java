package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import thinkj.judge.Reward;
import thinkj.judge.RewardInput;
import thinkj.judge.RewardResult;

class RewardRunnerTest {
    private static final IntFunction<String> NAMES = i -> "sample " + i;
    private static final Duration LIMIT = Duration.ofMillis(200);

    @Test
    void outcomesStandInTheInputsOrder() {
        var runner = new RewardRunner(input -> Double.parseDouble(input.completion()), Duration.ofSeconds(10), 3, -1);
        List<RewardInput> inputs = IntStream.range(0, 50).mapToObj(i -> input("" + i)).toList();
        var outcomes = runner.score(inputs, NAMES);
        for (int i = 0; i < outcomes.size(); i++) {
            assertEquals(i, outcomes.get(i).score());
            assertFalse(outcomes.get(i).failed());
        }
    }

    @Test
    void oneThatThrowsCostsThatSampleAlone() {
        Reward reward = input -> {
            if (input.completion().equals("bad")) {
                throw new IllegalStateException("no luck");
            }
            return 1;
        };
        var outcomes = new RewardRunner(reward, LIMIT, 2, -0.5).score(List.of(input("good"), input("bad"), input("good")), NAMES);
        assertEquals(List.of(1.0, -0.5, 1.0), outcomes.stream().map(RewardRunner.Outcome::score).toList());
        assertEquals("the reward threw java.lang.IllegalStateException: no luck", outcomes.get(1).failure());
    }

    @Test
    void errorsCountAsFailuresToo() {
        Reward reward = input -> {
            throw new NoClassDefFoundError("some/Library");
        };
        assertTrue(new RewardRunner(reward, LIMIT, 1, 0).score(List.of(input("x")), NAMES).get(0).failed());
    }

    @Test
    void oneThatHangsIsLeftBehindAfterItsTime() {
        CountDownLatch never = new CountDownLatch(1);
        Reward reward = input -> {
            // Deaf to interruption, as an endless computation would be.
            while (input.completion().equals("hang") && never.getCount() > 0) {
                Thread.onSpinWait();
            }
            return 1;
        };
        var runner = new RewardRunner(reward, LIMIT, 1, 0);
        var outcomes = assertTimeout(Duration.ofSeconds(20), () -> runner.score(List.of(input("hang"), input("fine")), NAMES));
        never.countDown();
        assertEquals("the reward took longer than its limit of 200 ms", outcomes.get(0).failure());
        assertEquals(0, outcomes.get(0).score());
        assertEquals(1, outcomes.get(1).score());
    }

    @Test
    void aScoreThatIsNoNumberIsAFailure() {
        var outcomes = new RewardRunner(input -> Double.NaN, LIMIT, 1, 0.25).score(List.of(input("x")), NAMES);
        assertEquals("the reward is NaN, it must be finite", outcomes.get(0).failure());
        assertEquals(0.25, outcomes.get(0).score());
    }

    @Test
    void componentsAreKeptAndMustBeFinite() {
        Reward reward = new Reward() {
            @Override
            public double score(RewardInput input) {
                return result(input).score();
            }

            @Override
            public RewardResult result(RewardInput input) {
                return new RewardResult(0.5, Map.of("brevity", 1.0 / input.completion().length()));
            }
        };
        var outcomes = new RewardRunner(reward, LIMIT, 1, 0).score(List.of(input("four"), input("")), NAMES);
        assertEquals(Map.of("brevity", 0.25), outcomes.get(0).components());
        assertEquals("the reward's brevity is Infinity, it must be finite", outcomes.get(1).failure());
        assertEquals(Map.of(), outcomes.get(1).components());
    }

    @Test
    void nothingToScoreGivesNothing() {
        assertEquals(List.of(), new RewardRunner(input -> 1, LIMIT, 4, 0).score(List.of(), NAMES));
    }

    private static RewardInput input(String completion) {
        return new RewardInput("test", "prompt", completion, "1", Map.of());
    }
}
