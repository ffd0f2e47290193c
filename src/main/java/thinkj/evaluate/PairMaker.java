package thinkj.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thinkj.data.JudgeExample;
import thinkj.data.Judged;
import thinkj.data.PreferencePair;
import thinkj.data.SftExample;
import thinkj.io.UserError;
import thinkj.judge.PairBuilder;
import thinkj.judge.PairBuilder.Answer;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;

/** Preference pairs for DPO out of judged rows: the texts from {@link PairBuilder}, the prompt from the row that they are about. */
public final class PairMaker {

    /**
     * Pairs, and the same rows as supervised examples of the preferred answers.
     *
     * @param outcome the counts of everything that happened to a row
     */
    public record Made(List<PreferencePair> pairs, List<SftExample> preferred, PairBuilder.Result outcome) {}

    private PairMaker() {}

    /**
     * Joins judge and critics by id.
     *
     * @param kind the prompt that the pairs' answers are learnt under: the one that the judge was asked with, unless for a reason
     */
    public static Made make(List<Judged> judge, List<Judged> positive, List<Judged> negative, Prompts prompts, PromptKind kind) {
        requireSameRows(judge, positive, "positive");
        requireSameRows(judge, negative, "negative");
        PairBuilder.Result outcome = PairBuilder.build(answers(judge), answers(positive), answers(negative));
        Map<String, JudgeExample> rows = byId(judge);
        List<PreferencePair> pairs = new ArrayList<>();
        List<SftExample> preferred = new ArrayList<>();
        for (PairBuilder.Pair pair : outcome.pairs()) {
            JudgeExample row = rows.get(pair.id());
            String prompt = prompts.judge(kind, row.instruction(), row.response1(), row.response2());
            pairs.add(new PreferencePair("", prompt, pair.chosen(), pair.rejected()));
            preferred.add(new SftExample("", prompt, "", pair.chosen()));
        }
        return new Made(pairs, preferred, outcome);
    }

    private static List<Answer> answers(List<Judged> rows) {
        return rows.stream()
                .map(row -> new Answer(row.example().id(), row.example().better(), row.judgement(), row.cot()))
                .toList();
    }

    private static Map<String, JudgeExample> byId(List<Judged> rows) {
        Map<String, JudgeExample> byId = new LinkedHashMap<>();
        rows.forEach(row -> byId.put(row.example().id(), row.example()));
        return byId;
    }

    /** One id with two contents means that the files come from different data. */
    private static void requireSameRows(List<Judged> judge, List<Judged> critic, String whose) {
        Map<String, JudgeExample> rows = byId(judge);
        for (Judged answer : critic) {
            JudgeExample row = rows.get(answer.example().id());
            if (row != null && !row.equals(answer.example())) {
                throw new UserError("pairs: the row '" + row.id() + "' has another content in the " + whose
                        + " critic's file than in the judge's; all three must come from the same input");
            }
        }
    }
}
