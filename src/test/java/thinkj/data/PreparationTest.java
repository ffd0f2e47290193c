package thinkj.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import thinkj.data.Preparation.Kept;
import thinkj.io.Json;
import thinkj.io.UserError;

class PreparationTest {
    private static final PrepareSettings.Lengths ANY =
            new PrepareSettings.Lengths(0, OptionalLong.empty(), OptionalLong.empty(), example -> 0);

    @TempDir
    Path folder;

    @Test
    void helpSteer2() throws IOException {
        String file = file("""
                {"split": "train", "prompt": "p", "response_1": "a", "response_2": "b", "preference_strength": -2, "preference_statement": "x"}
                {"split": "train", "prompt": "p", "response_1": "a", "response_2": "c", "preference_strength": 0}
                {"split": "train", "prompt": "q", "response_1": "a", "response_2": "b", "preference_strength": 3}
                {"split": "validation", "prompt": "r", "response_1": "a", "response_2": "b", "preference_strength": 1}
                """);
        Preparation.Result all = Preparation.run(keep(DataSet.HELPSTEER2), List.of(file));
        assertEquals(List.of("p a b 1 -2", "q a b 2 3", "r a b 2 1"), shown(all.train()));
        assertEquals(Map.of("no preference (strength 0)", 1L), dropped(all));
        Preparation.Result split = Preparation.run(
                settings(DataSet.HELPSTEER2, Columns.STANDARD, Optional.of("train"), Optional.of("validation"), 0, ANY, Duplicates.EXACT, false),
                List.of(file));
        assertEquals(List.of("p a b 1 -2", "q a b 2 3"), shown(split.train()));
        assertEquals(List.of("r a b 2 1"), shown(split.validation()));
    }

    @Test
    void helpSteer2sPromptsOfSeveralTurnsNameTheSpeakers() throws IOException {
        String file = file("""
                {"prompt": "a\\n<extra_id_1>Assistant\\nb\\n<extra_id_1>User\\nc", "response_1": "x", "response_2": "y", \
                "preference_strength": 1}
                """);
        assertEquals(List.of("User: a\n\nAssistant: b\n\nUser: c x y 2 1"), shown(Preparation.run(keep(DataSet.HELPSTEER2), List.of(file)).train()));
    }

    @Test
    void aSplitThatNoRowBelongsToIsTold() throws IOException {
        String file = file("""
                {"split": "train", "prompt": "p", "response_1": "a", "response_2": "b", "preference_strength": -2}
                {"split": "val", "prompt": "p", "response_1": "a", "response_2": "c", "preference_strength": 1}
                """);
        assertMessage("no row's split is 'validation'; there are train (1 rows), val (1 rows)", () -> Preparation.run(settings(DataSet.HELPSTEER2,
                Columns.STANDARD, Optional.of("train"), Optional.of("validation"), 0, ANY, Duplicates.EXACT, false), List.of(file)));
    }

    @Test
    void hhRlhf() throws IOException {
        String file = file("""
                {"chosen": "\\n\\nHuman: hi\\n\\nAssistant: good", "rejected": "\\n\\nHuman: hi\\n\\nAssistant: bad "}
                {"chosen": "\\n\\nHuman: a\\n\\nAssistant: b\\n\\nHuman: c\\n\\nd\\n\\nAssistant: x", \
                "rejected": "\\n\\nHuman: a\\n\\nAssistant: b\\n\\nHuman: c\\n\\nd\\n\\nAssistant: y"}
                {"chosen": "\\n\\nHuman: hi\\n\\nAssistant: x\\n\\nHuman: more", "rejected": "\\n\\nHuman: hi\\n\\nAssistant: y"}
                {"chosen": "\\n\\nHuman: hi\\n\\nAssistant: x", "rejected": "\\n\\nHuman: ho\\n\\nAssistant: y"}
                {"chosen": "\\n\\nHuman: hi\\n\\nAssistant: x", "rejected": "\\n\\nHuman: hi\\n\\nAssistant: "}
                {"chosen": "\\n\\nHuman: hi\\n\\nAssistant: x", "rejected": "\\n\\nHuman: hi\\n\\nAssistant: x"}
                {"chosen": "hi", "rejected": "\\n\\nHuman: hi\\n\\nAssistant: x"}
                {"chosen": "\\n\\nAssistant: y", "rejected": "\\n\\nAssistant: x"}
                """);
        Preparation.Result result = Preparation.run(keep(DataSet.HH_RLHF), List.of(file));
        assertEquals(List.of("hi good bad 1 null", "User: a\n\nAssistant: b\n\nUser: c\n\nd x y 1 null"), shown(result.train()));
        assertEquals(Map.of("a dialogue does not end with an answer", 1L, "the histories differ before the last answer", 1L, "empty answer", 1L,
                "identical answers", 1L, "text before the first turn", 1L, "nothing is asked before the answer", 1L), dropped(result));
        assertEquals(8, result.report().rowsRead());
    }

    @Test
    void skyworkAndRewardBench() throws IOException {
        String skywork = file("""
                {"chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], \
                "rejected": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "b"}], "source": "s"}
                """);
        assertEquals(List.of("q a b 1 null"), shown(Preparation.run(keep(DataSet.SKYWORK), List.of(skywork)).train()));
        String bench = file("""
                {"subset": "x", "id": 3, "prompt": "q", "chosen": "a", "rejected": "b"}
                {"subset": "y", "id": 3, "prompt": "q2", "chosen": "a", "rejected": "b"}
                """);
        List<Kept> rows = Preparation.run(keep(DataSet.REWARDBENCH), List.of(bench)).train();
        assertEquals(List.of("x/3", "y/3"), rows.stream().map(row -> row.example().id()).toList());
    }

    @Test
    void tablesOfTheUsersOwn() throws IOException {
        Path csv = Files.writeString(folder.resolve("own.csv"), "question,left,right,score\nq,a,b,-1\nq,a,c,2\n");
        Columns columns = Columns.of(List.of("instruction=question", "response1=left", "response2=right", "strength=score"));
        Preparation.Result result = Preparation.run(
                settings(DataSet.JUDGE, columns, Optional.empty(), Optional.empty(), 0, ANY, Duplicates.EXACT, false), List.of(csv.toString()));
        assertEquals(List.of("q a b 1 -1", "q a c 2 2"), shown(result.train()));
        Columns wrong = Columns.of(List.of("instruction=prompt"));
        assertMessage(csv + ":2: no column 'prompt' (asked for as instruction); the row has question, left, right, score",
                () -> Preparation.run(settings(DataSet.JUDGE, wrong, Optional.empty(), Optional.empty(), 0, ANY, Duplicates.EXACT, false),
                        List.of(csv.toString())));
        assertMessage(csv + ":2: no column 'instruction'; the row has question, left, right, score; choose the format of the set, or map your "
                + "own columns (instruction=COLUMN)", () -> Preparation.run(keep(DataSet.JUDGE), List.of(csv.toString())));
        assertMessage("column question: must have the form field=column, the fields are "
                + "id, instruction, response1, response2, better, strength, chosen, rejected, trace", () -> Columns.of(List.of("question")));
        assertMessage(csv + ":2: no column 'part' to tell the split by; the row has question, left, right, score",
                () -> Preparation.run(new PrepareSettings(DataSet.JUDGE, columns, "part", Optional.of("x"), Optional.empty(), 0, ANY,
                        Duplicates.EXACT, false, 1, OptionalLong.empty()), List.of(csv.toString())));
    }

    @Test
    void chosenAndRejectedTextsMakeARow() throws IOException {
        String file = file("{\"instruction\": \"q\", \"chosen\": \"good\", \"rejected\": \"bad\"}\n");
        assertEquals(List.of("q good bad 1 null"), shown(Preparation.run(keep(DataSet.JUDGE), List.of(file)).train()));
    }

    @Test
    void duplicates() throws IOException {
        String file = file("""
                {"instruction": "q", "response1": "a", "response2": "b", "better": 1}
                {"instruction": "q", "response1": "a", "response2": "b", "better": 1}
                {"instruction": "q", "response1": "b", "response2": "a", "better": 2}
                {"instruction": "q", "response1": "a", "response2": "b", "better": 2}
                {"instruction": "Q ", "response1": "A", "response2": "b", "better": 1}
                """);
        Preparation.Result kept = Preparation.run(policy(Duplicates.KEEP), List.of(file));
        assertEquals(5, kept.train().size());
        assertEquals(5, kept.train().stream().map(row -> row.example().id()).distinct().count(), "ids stay unique");
        Preparation.Result exact = Preparation.run(policy(Duplicates.EXACT), List.of(file));
        assertEquals(Map.of("duplicate", 2L, "duplicate with the other verdict", 1L), dropped(exact));
        Preparation.Result normalised = Preparation.run(policy(Duplicates.NORMALISED), List.of(file));
        assertEquals(Map.of("duplicate", 3L, "duplicate with the other verdict", 1L), dropped(normalised));
    }

    @Test
    void lengths() throws IOException {
        String file = file("""
                {"instruction": "q", "response1": "", "response2": "b", "better": 2}
                {"instruction": "q", "response1": "aaaa", "response2": "b", "better": 1}
                {"instruction": "q", "response1": "aa", "response2": "bb", "better": 1}
                {"instruction": "q", "response1": "aa", "response2": "b", "better": 1}
                """);
        var limits = new PrepareSettings.Lengths(1, OptionalLong.of(5), OptionalLong.of(2), example -> example.response2().length() * 2);
        Preparation.Result result = Preparation.run(
                settings(DataSet.JUDGE, Columns.STANDARD, Optional.empty(), Optional.empty(), 0, limits, Duplicates.EXACT, false), List.of(file));
        assertEquals(List.of("q aa b 1 null"), shown(result.train()));
        assertEquals(Map.of("a response shorter than 1 characters", 1L, "longer than 5 characters", 1L, "longer than 2 tokens", 1L),
                dropped(result));
    }

    @Test
    void theOrderIsRandomAndRepeatable() throws IOException {
        String file = many(400);
        PrepareSettings random = settings(DataSet.JUDGE, Columns.STANDARD, Optional.empty(), Optional.empty(), 0, ANY, Duplicates.EXACT, true);
        List<String> once = shown(Preparation.run(random, List.of(file)).train());
        assertEquals(once, shown(Preparation.run(random, List.of(file)).train()));
        long swapped = once.stream().filter(row -> row.endsWith("bad good 2 null")).count();
        // 400 fair throws: outside 200 ± 60 once in a billion.
        assertTrue(swapped > 140 && swapped < 260, swapped + " of 400 exchanged");
        assertEquals(400 - swapped, once.stream().filter(row -> row.endsWith("good bad 1 null")).count());
    }

    @Test
    void heldOutInstructionsAreNotTrainedOn() throws IOException {
        String file = many(100);
        Preparation.Result result = Preparation.run(
                settings(DataSet.JUDGE, Columns.STANDARD, Optional.empty(), Optional.empty(), 0.25, ANY, Duplicates.KEEP, false), List.of(file, file));
        assertEquals(50, result.validation().size());
        assertEquals(150, result.train().size());
        Set<String> held = new HashSet<>(instructions(result.validation()));
        held.retainAll(instructions(result.train()));
        assertEquals(Set.of(), held);
        PrepareSettings other = new PrepareSettings(DataSet.JUDGE, Columns.STANDARD, "split", Optional.empty(), Optional.empty(), 0.25, ANY,
                Duplicates.KEEP, false, 2, OptionalLong.empty());
        assertNotEquals(instructions(result.validation()), instructions(Preparation.run(other, List.of(file)).validation()));
    }

    @Test
    void badRowsAreToldTogether() throws IOException {
        String file = file("""
                {"split": "train", "prompt": "p", "response_1": "a", "preference_strength": 1}
                {"prompt": "p", "response_1": "a", "response_2": "b", "preference_strength": 5}
                """);
        assertMessage(file + ": 2 rows cannot be used:\n  " + file + ":1: response_2: missing, every row must have it\n  "
                + file + ":2: strength: 5, must lie in -3 to 3", () -> Preparation.run(keep(DataSet.HELPSTEER2), List.of(file)));
        String empty = file("");
        assertMessage(empty + ": the data set is empty, at least one row is needed",
                () -> Preparation.run(keep(DataSet.HELPSTEER2), List.of(empty)));
        String none = file("{\"prompt\": \"p\", \"response_1\": \"a\", \"response_2\": \"b\", \"preference_strength\": 0}");
        assertMessage("no row is left of 1:\n        1  read\n        1    dropped: no preference (strength 0)",
                () -> Preparation.run(keep(DataSet.HELPSTEER2), List.of(none)));
    }

    private static Set<String> instructions(List<Kept> rows) {
        return rows.stream().map(row -> row.example().instruction()).collect(Collectors.toSet());
    }

    private String many(int rows) throws IOException {
        return file(IntStream.range(0, rows)
                .mapToObj(i -> "{\"instruction\": \"q" + i + "\", \"response1\": \"good\", \"response2\": \"bad\", \"better\": 1}\n")
                .collect(Collectors.joining()));
    }

    private String file(String text) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "rows", ".jsonl"), text).toString();
    }

    private static List<String> shown(List<Kept> rows) {
        return rows.stream().map(Kept::example)
                .map(e -> e.instruction() + " " + e.response1() + " " + e.response2() + " " + e.better() + " " + e.strength()).toList();
    }

    private static PrepareSettings keep(DataSet set) {
        return settings(set, Columns.STANDARD, Optional.empty(), Optional.empty(), 0, ANY, Duplicates.EXACT, false);
    }

    private static PrepareSettings policy(Duplicates duplicates) {
        return settings(DataSet.JUDGE, Columns.STANDARD, Optional.empty(), Optional.empty(), 0, ANY, duplicates, false);
    }

    private static PrepareSettings settings(DataSet set, Columns columns, Optional<String> split, Optional<String> validation, double fraction,
            PrepareSettings.Lengths lengths, Duplicates duplicates, boolean random) {
        return new PrepareSettings(set, columns, "split", split, validation, fraction, lengths, duplicates, random, 1, OptionalLong.empty());
    }

    private static void assertMessage(String message, Executable action) {
        assertEquals(message, assertThrows(UserError.class, action).getMessage());
    }

    private static Map<String, Long> dropped(Preparation.Result result) {
        return Json.MAPPER.convertValue(result.report().json().get("dropped"), new TypeReference<Map<String, Long>>() {});
    }
}
