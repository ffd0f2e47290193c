package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import thinkj.config.Aggregation;
import thinkj.data.TrainingSequence;
import thinkj.loss.GrpoLoss;
import thinkj.model.Qwen2Model;

/** How tokens are averaged, on a tiny random model and made-up answers of different lengths. */
class PolicyGradientTest {
    private static Qwen2Model model;
    private static List<Experience> answers;

    @BeforeAll
    static void load() {
        model = GoldenModel.open("qwen2-tiny-tied");
        Random random = new Random(5);
        answers = new ArrayList<>();
        for (int length : new int[] {1, 7, 3, 12, 5, 2}) {
            int[] prompt = random.ints(4, 0, model.config().vocabSize()).toArray();
            int[] answer = random.ints(length, 0, model.config().vocabSize()).toArray();
            TrainingSequence sequence = TrainingSequence.of(prompt, answer);
            answers.add(new Experience("answer " + answers.size(), sequence, random.nextGaussian(), near(sequence, random), near(sequence, random)));
        }
    }

    /** The model's own log-probabilities, a little moved. */
    private static float[] near(TrainingSequence sequence, Random random) {
        float[] own = new TokenScorer(model, 1, 1, Optional.empty()).logProbs(List.of(sequence))[0];
        for (int t = 0; t < own.length; t++) {
            own[t] += (float) (0.2 * random.nextGaussian());
        }
        return own;
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void theCutChangesNothingUnderTokenMeanAndSequenceMean() {
        for (Aggregation aggregation : List.of(Aggregation.TOKEN_MEAN, Aggregation.SEQ_MEAN)) {
            Result whole = run(aggregation, 6, Optional.empty(), answers);
            for (Result cut : List.of(run(aggregation, 1, Optional.empty(), answers), run(aggregation, 6, Optional.of(20), answers))) {
                assertTrue(cut.microBatches > 1);
                // fp32 sums in another order.
                assertEquals(whole.numbers.get(GrpoLoss.LOSS), cut.numbers.get(GrpoLoss.LOSS), 1e-6, aggregation + " loss");
                assertEquals(whole.norm, cut.norm, 1e-6 * whole.norm, aggregation + " gradient");
            }
        }
    }

    @Test
    void microMeanIsTheMeanOfTheMicroBatches() {
        Result both = run(Aggregation.MICRO_MEAN, 3, Optional.empty(), answers);
        double first = run(Aggregation.TOKEN_MEAN, 3, Optional.empty(), answers.subList(0, 3)).numbers.get(GrpoLoss.LOSS);
        double second = run(Aggregation.TOKEN_MEAN, 3, Optional.empty(), answers.subList(3, 6)).numbers.get(GrpoLoss.LOSS);
        assertEquals(2, both.microBatches);
        assertEquals((first + second) / 2, both.numbers.get(GrpoLoss.LOSS), 1e-5);
    }

    @Test
    void sequenceMeanIsTheMeanOfTheAnswers() {
        double expected = 0;
        for (Experience answer : answers) {
            expected += run(Aggregation.TOKEN_MEAN, 1, Optional.empty(), List.of(answer)).numbers.get(GrpoLoss.LOSS) / answers.size();
        }
        assertEquals(expected, run(Aggregation.SEQ_MEAN, 6, Optional.empty(), answers).numbers.get(GrpoLoss.LOSS), 1e-5);
    }

    @Test
    void withoutKlNoReferenceIsNeeded() {
        List<Experience> alone = answers.stream().map(a -> new Experience(a.name(), a.sequence(), a.advantage(), a.old(), null)).toList();
        Result result = run(Aggregation.TOKEN_MEAN, 6, Optional.empty(), alone, 0);
        assertTrue(result.norm > 0 && !result.numbers.containsKey(GrpoLoss.KL_LOSS));
    }

    @Test
    void aLossThatIsNotFiniteStopsTheRunWithItsPlace() {
        List<Experience> bad = new ArrayList<>(answers);
        bad.set(4, new Experience(bad.get(4).name(), bad.get(4).sequence(), Double.NaN, bad.get(4).old(), bad.get(4).reference()));
        String message = assertThrows(NotFinite.class, () -> run(Aggregation.TOKEN_MEAN, 2, Optional.empty(), bad)).getMessage();
        assertEquals("the loss is NaN (answer 4, answer 5); not finite first: advantages, which is not finite to begin with (5 of 7 numbers)", message);
    }

    private record Result(int microBatches, Map<String, Double> numbers, double norm) {}

    private static Result run(Aggregation aggregation, int size, Optional<Integer> tokens, List<Experience> of) {
        return run(aggregation, size, tokens, of, 0.2);
    }

    private static Result run(Aggregation aggregation, int size, Optional<Integer> tokens, List<Experience> of, double kl) {
        GrpoLoss loss = new GrpoLoss(0.2, 0.2, Optional.empty(), 0.05, kl);
        try (Gradients gradients = new Gradients(model.weights())) {
            var shares = new PolicyGradient(model, 1, loss, aggregation, size, tokens).accumulate(of, 1, gradients);
            return new Result(shares.size(), PolicyUpdate.of(shares, null).reported(), gradients.norm());
        }
    }
}
