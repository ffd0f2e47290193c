package thinkj.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import thinkj.Golden;

/** The pairs that the published script makes, in its order, and its counts. */
@Tag("golden")
class PairGoldenTest {
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private final JsonNode judge = Golden.json("pairs/in_jud.json");

    @Test
    void pairsAreTheOriginals() {
        List<PairBuilder.Pair> expected = new ArrayList<>();
        for (JsonNode pair : Golden.json("pairs/expected_pairs.json")) {
            expected.add(new PairBuilder.Pair(pair.get("row").asText(), pair.get("chosen").asText(), pair.get("rejected").asText()));
        }
        assertEquals(expected, result().pairs());
    }

    /** The script prints: rows in, rows out, judge wrong, positive critic wrong, negative critic right. */
    @Test
    void countsAreTheOriginals() {
        List<Integer> expected = new ArrayList<>();
        for (JsonNode line : Golden.json("pairs/golden.json").get("stdout_statistics")) {
            Matcher number = NUMBER.matcher(line.asText());
            number.find();
            expected.add(Integer.valueOf(number.group()));
        }
        PairBuilder.Result result = result();
        assertEquals(expected, List.of(
                judge.size(),
                result.pairs().size(),
                result.judgeWrong(),
                result.counts().get(PairBuilder.Outcome.POSITIVE_ALSO_WRONG),
                result.counts().get(PairBuilder.Outcome.NEGATIVE_ALSO_RIGHT)));
    }

    private PairBuilder.Result result() {
        return PairBuilder.build(answers(judge), answers(Golden.json("pairs/in_pos.json")), answers(Golden.json("pairs/in_neg.json")));
    }

    /** The fixtures join by position; the position becomes the id. */
    private List<PairBuilder.Answer> answers(JsonNode rows) {
        List<PairBuilder.Answer> answers = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            JsonNode row = rows.get(i);
            answers.add(new PairBuilder.Answer(
                    Integer.toString(i), judge.get(i).get("better").asInt(), row.get("judgement").asInt(), row.get("cot").asText()));
        }
        return answers;
    }
}
