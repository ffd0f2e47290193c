package thinkj.judge;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.io.UserError;

/**
 * Makes preference pairs of what the judge said and of what two critics said who were told the right ("positive") and the wrong
 * ("negative") verdict. Rows are joined by id.
 *
 * <p>Judge right: the judge's answer is preferred to the negative critic's, unless that one ends at the right verdict after all. Judge
 * wrong or unparsed: the positive critic's answer is preferred to the judge's, if it ends at the right verdict. An empty text makes no
 * pair.
 */
public final class PairBuilder {

    /** What became of a row. */
    public enum Outcome {
        /** A pair: the judge was right, the negative critic's answer is rejected. */
        JUDGE_PREFERRED,
        /** A pair: the judge was wrong, the positive critic's answer is preferred. */
        POSITIVE_PREFERRED,
        /** The judge was right, and so was the critic who had been told the wrong verdict. */
        NEGATIVE_ALSO_RIGHT,
        /** The judge was wrong, and so was the critic who had been told the right verdict. */
        POSITIVE_ALSO_WRONG,
        /** One of the two texts is empty. */
        EMPTY_TEXT,
        /** The critic whose answer is needed has no row of this id. */
        NO_CRITIC
    }

    /**
     * One answer about one row.
     *
     * @param better the right verdict, 1 or 2
     * @param judgement the verdict given, 0 if unparsed
     */
    public record Answer(String id, int better, int judgement, String text) {
        boolean right() {
            return judgement == better;
        }
    }

    /** A preference; {@code chosen} is also what an SFT file of the better answers holds. */
    public record Pair(String id, String chosen, String rejected) {}

    /**
     * The pairs in the judge's order.
     *
     * @param counts how many rows had each outcome; every outcome is a key
     * @param judgeWrong rows that the judge got wrong or left unparsed, with or without a pair
     */
    public record Result(List<Pair> pairs, Map<Outcome, Integer> counts, int judgeWrong) {}

    private PairBuilder() {}

    /** Pairs of the judge's rows with the critics' rows of the same id. */
    public static Result build(List<Answer> judge, List<Answer> positive, List<Answer> negative) {
        Map<String, Answer> judged = byId("judge", judge);
        Map<String, Answer> positives = byId("positive critic", positive);
        Map<String, Answer> negatives = byId("negative critic", negative);
        Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
        for (Outcome outcome : Outcome.values()) {
            counts.put(outcome, 0);
        }
        List<Pair> pairs = new ArrayList<>();
        int wrong = 0;
        for (Answer answer : judged.values()) {
            wrong += answer.right() ? 0 : 1;
            Outcome outcome = outcome(answer, positives.get(answer.id()), negatives.get(answer.id()));
            counts.merge(outcome, 1, Integer::sum);
            if (outcome == Outcome.JUDGE_PREFERRED) {
                pairs.add(new Pair(answer.id(), answer.text(), negatives.get(answer.id()).text()));
            } else if (outcome == Outcome.POSITIVE_PREFERRED) {
                pairs.add(new Pair(answer.id(), positives.get(answer.id()).text(), answer.text()));
            }
        }
        return new Result(List.copyOf(pairs), counts, wrong);
    }

    private static Outcome outcome(Answer judge, Answer positive, Answer negative) {
        Answer critic = judge.right() ? negative : positive;
        if (critic == null) {
            return Outcome.NO_CRITIC;
        }
        if (judge.right() && critic.judgement() == judge.better()) {
            return Outcome.NEGATIVE_ALSO_RIGHT;
        }
        if (!judge.right() && critic.judgement() != judge.better()) {
            return Outcome.POSITIVE_ALSO_WRONG;
        }
        if (judge.text().isEmpty() || critic.text().isEmpty()) {
            return Outcome.EMPTY_TEXT;
        }
        return judge.right() ? Outcome.JUDGE_PREFERRED : Outcome.POSITIVE_PREFERRED;
    }

    private static Map<String, Answer> byId(String whose, List<Answer> answers) {
        Map<String, Answer> byId = new LinkedHashMap<>();
        for (Answer answer : answers) {
            if (byId.put(answer.id(), answer) != null) {
                throw new UserError("pairs: the " + whose + "'s rows hold the id '" + answer.id()
                        + "' twice; ids must be unique, as rows are joined by them");
            }
        }
        return byId;
    }
}
