package thinkj.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;

/** The samples that ship are small, and can be read as what they are samples of. */
class SamplesTest {
    private static final Path SAMPLES = Path.of("data/samples");

    @Test
    void noneHasMoreThanTwentyRows() throws IOException {
        try (Stream<Path> files = Files.list(SAMPLES)) {
            files.forEach(file -> assertTrue(RowFile.readAll(file.toString()).size() <= 20, file::toString));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everySetIsRead(DataSet set) {
        assertEquals(Optional.empty(), prepared(set.key() + ".jsonl", set, Columns.STANDARD).report().json().get("dropped").properties().stream()
                .map(Map.Entry::getKey)
                .filter(reason -> !reason.startsWith("no preference") && !reason.startsWith("the histories differ")).findAny());
    }

    @Test
    void aTableIsReadByItsColumns() {
        Columns columns = Columns.of(List.of("id=nr", "instruction=question", "response1=left", "response2=right", "strength=score"));
        assertEquals(6, prepared("table.csv", DataSet.JUDGE, columns).train().size());
    }

    @Test
    void whatTheTrainersTakeBelongsToTheRowsItIsMadeOf() {
        JudgeTask task = new JudgeTask(Prompts.builtIn(), PromptKind.STRENGTH);
        Preparation.Result traces = prepared("traces.jsonl", DataSet.JUDGE, Columns.STANDARD);
        JudgeTask.Taught taught = task.taught(traces.train(), traces.report());
        assertEquals(outputs(taught.judge()), outputs(Examples.sft(List.of(Path.of(sample("sft.json")))).examples()));
        assertEquals(outputs(taught.critic()), outputs(Examples.sft(List.of(Path.of(sample("sft-critic.json")))).examples()));
        assertEquals(outputs(taught.judge()).subList(0, 4), Examples.pairs(List.of(Path.of(sample("pairs.json")))).examples().stream().map(PreferencePair::chosen).toList());
        List<GrpoRow> prompts = task.grpo(prepared("judge.jsonl", DataSet.JUDGE, Columns.STANDARD).train(), "made-up", "train", traces.report());
        assertEquals(prompts.stream().map(GrpoRow::groundTruth).toList(),
                Examples.grpo(sample("grpo.parquet")).stream().map(GrpoRow::groundTruth).toList());
        assertFalse(Examples.judged(sample("judged.jsonl")).isEmpty());
    }

    private static List<String> outputs(List<SftExample> examples) {
        return examples.stream().map(SftExample::output).toList();
    }

    private static Preparation.Result prepared(String file, DataSet set, Columns columns) {
        var any = new PrepareSettings.Lengths(0, OptionalLong.empty(), OptionalLong.empty(), example -> 0);
        return Preparation.run(new PrepareSettings(set, columns, "split", Optional.empty(), Optional.empty(), 0, any, Duplicates.EXACT, false, 1,
                OptionalLong.empty()), List.of(sample(file)));
    }

    private static String sample(String name) {
        return SAMPLES.resolve(name).toString();
    }
}
