package thinkj.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import thinkj.config.Truncation;
import thinkj.RealData;
import thinkj.data.CutRegions.Region;
import thinkj.io.UserError;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;

class EncodersTest {
    private static final String HEAD = "<|im_start|>system\nDefault.<|im_end|>\n<|im_start|>user\n";
    private static final String TURN = "<|im_end|>\n<|im_start|>assistant\n";
    private static final int ROOMY = 1000;

    @TempDir
    Path folder;

    private ChatEncoder chat;

    @BeforeEach
    void open() throws IOException {
        chat = LetterTokenizer.encoder(folder);
    }

    @Test
    void theAnswerAndItsEndAreLearntAndThePromptIsNot() {
        TrainingSequence row = sft(ROOMY, Truncation.ERROR, new SftExample("", "ask", "more", "yes")).rows().get(0);
        assertEquals(HEAD + "ask\nmore" + TURN + "yes<|im_end|>\n", text(row.ids()));
        assertEquals("yes<|im_end|>\n", text(learnt(row)));
        assertEquals(5, row.labelled());
        TrainingSequence own = sft(ROOMY, Truncation.ERROR, new SftExample("Be brief.", "ask", "", "yes")).rows().get(0);
        assertEquals("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nask" + TURN + "yes<|im_end|>\n", text(own.ids()));
    }

    @Test
    void noTokenSpansPromptAndAnswer() {
        TrainingSequence row = sft(ROOMY, Truncation.ERROR, new SftExample("", "ask", "", "\nyes")).rows().get(0);
        assertEquals(0, IntStream.of(row.ids()).filter(id -> id == LetterTokenizer.TWO_LINES).count());
        assertEquals("\nyes<|im_end|>\n", text(learnt(row)));
    }

    @Test
    void rowsThatAreTooLongAreAllTold() {
        SftExample fits = new SftExample("", "ask", "", "yes");
        SftExample longer = new SftExample("", "ask " + "x".repeat(100), "", "yes");
        int length = sft(ROOMY, Truncation.ERROR, longer).rows().get(0).length();
        UserError error = assertThrows(UserError.class, () -> sft(length - 1, Truncation.ERROR, fits, longer, fits, longer));
        assertEquals("2 rows are longer than cutoff_len, which is " + (length - 1) + "; raise it, or choose the truncation drop, "
                + "middle or original:\n  row 2: " + length + " tokens\n  row 4: " + length + " tokens", error.getMessage());
    }

    @Test
    void droppedRowsAreCounted() {
        SftExample fits = new SftExample("", "ask", "", "yes");
        SftExample longer = new SftExample("", "ask " + "x".repeat(100), "", "yes");
        Encoded<TrainingSequence> rows = sft(100, Truncation.DROP, longer, fits, longer);
        assertArrayEquals(new int[] {1}, rows.origins());
        int longest = sft(ROOMY, Truncation.ERROR, longer).counts().longest();
        assertEquals(new EncodingCounts(3, 1, 0, 2, longest), rows.counts());
        assertEquals("no row is left: all 1 are longer than cutoff_len, which is 100 (the longest has " + longest + " tokens); raise it",
                assertThrows(UserError.class, () -> sft(100, Truncation.DROP, longer)).getMessage());
    }

    @Test
    void theMiddleOfTheUsersTextIsTakenOut() {
        SftExample example = new SftExample("", "begin" + "x".repeat(100) + "end", "", "yes");
        int fixed = sft(ROOMY, Truncation.ERROR, new SftExample("", "?", "", "yes")).rows().get(0).length() - 1;
        Encoded<TrainingSequence> rows = sft(fixed + 10, Truncation.MIDDLE, example);
        assertEquals(HEAD + "begin" + "xxend" + TURN + "yes<|im_end|>\n", text(rows.rows().get(0).ids()));
        assertEquals("yes<|im_end|>\n", text(learnt(rows.rows().get(0))));
        assertEquals(1, rows.counts().cut());
    }

    @Test
    void onlyTheRegionsLoseTheirMiddleAndTheLongestFirst() {
        String user = "Judge these. [" + "a".repeat(40) + "][" + "bcd" + "][" + "e".repeat(30) + "] Say which.";
        CutRegions brackets = text -> {
            int first = text.indexOf('[') + 1;
            int second = text.indexOf('[', first) + 1;
            int third = text.indexOf('[', second) + 1;
            return List.of(new Region(first, text.indexOf(']')), new Region(second, text.indexOf(']', second)),
                    new Region(third, text.indexOf(']', third)));
        };
        SftExample example = new SftExample("", user, "", "yes");
        int whole = sft(ROOMY, Truncation.ERROR, example).rows().get(0).length();
        SftEncoder encoder = new SftEncoder(chat, whole - 60, Truncation.MIDDLE, brackets);
        // The regions' 73 tokens have room for 13: 3 stay whole, the other two share the rest.
        assertEquals(HEAD + "Judge these. [aaaaa][bcd][eeeee] Say which." + TURN + "yes<|im_end|>\n",
                text(encoder.encode(List.of(example)).rows().get(0).ids()));
    }

    @Test
    void aUsersTextThatAlsoStandsInTheTemplateIsFound() {
        SftExample example = new SftExample("", "assistant", "", "y".repeat(50));
        int whole = sft(ROOMY, Truncation.ERROR, example).rows().get(0).length();
        Encoded<TrainingSequence> rows = sft(whole - 5, Truncation.MIDDLE, example);
        assertEquals(HEAD + "asnt" + TURN + "y".repeat(50) + "<|im_end|>\n", text(rows.rows().get(0).ids()));
    }

    @Test
    void anAnswerThatIsTooLongAloneIsDroppedAndNotCut() {
        Encoded<TrainingSequence> rows = sft(120, Truncation.MIDDLE, new SftExample("", "ask", "", "y".repeat(130)),
                new SftExample("", "ask", "", "yes"));
        assertEquals(1, rows.counts().dropped());
        assertEquals(1, rows.counts().kept());
    }

    // Worked by hand from the formula in the design's words; the last two have both ends too long.
    @ParameterizedTest
    @CsvSource({"50, 40, 100, 50, 40", "200, 40, 100, 60, 40", "40, 200, 100, 40, 60", "300, 100, 100, 75, 25", "100, 200, 100, 34, 66",
        "60, 50, 100, 55, 45", "49, 51, 100, 49, 51", "1000, 49, 100, 51, 49"})
    void theOriginalCut(int source, int target, int limit, int keptSource, int keptTarget) {
        assertEquals(new OriginalCut(keptSource, keptTarget), OriginalCut.of(source, target, limit));
    }

    @Test
    void theOriginalCutKeepsTheHeads() {
        SftExample example = new SftExample("", "x".repeat(100), "", "y".repeat(300));
        TrainingSequence row = sft(200, Truncation.ORIGINAL, example).rows().get(0);
        TrainingSequence whole = sft(ROOMY, Truncation.ERROR, example).rows().get(0);
        OriginalCut cut = OriginalCut.of(whole.length() - whole.labelled(), whole.labelled(), 200);
        assertEquals(200, row.length());
        assertEquals(cut.target(), row.labelled());
        assertArrayEquals(Arrays.copyOf(whole.ids(), cut.source()), Arrays.copyOf(row.ids(), cut.source()));
        assertEquals("y".repeat(cut.target()), text(learnt(row)));
    }

    @Test
    void bothAnswersShareThePromptsCut() {
        PreferencePair pair = new PreferencePair("", "x".repeat(200), "yes", "no, by no means");
        for (Truncation policy : List.of(Truncation.MIDDLE, Truncation.ORIGINAL)) {
            Encoded<PairSequences> rows = new PairEncoder(chat, 200, policy, CutRegions.WHOLE).encode(List.of(pair));
            PairSequences row = rows.rows().get(0);
            int prompt = row.chosen().length() - row.chosen().labelled();
            assertEquals(prompt, row.rejected().length() - row.rejected().labelled());
            assertEquals(200, row.rejected().length(), "sized by the longer answer");
            assertArrayEquals(Arrays.copyOf(row.chosen().ids(), prompt), Arrays.copyOf(row.rejected().ids(), prompt));
            assertEquals("yes<|im_end|>\n", text(learnt(row.chosen())));
            assertEquals("no, by no means<|im_end|>\n", text(learnt(row.rejected())));
            assertEquals(1, rows.counts().cut());
        }
    }

    @Test
    void qwensOwnTemplateAndTokenizer() {
        Path qwen = RealData.folder("qwen2.5");
        try (HfTokenizer tokenizer = HfTokenizer.open(qwen)) {
            ChatEncoder real = new ChatEncoder(tokenizer, ChatTemplate.open(qwen, tokenizer));
            String answer = "\n<think>\nBecause {{ of }} this.\n</think>\n\nTherefore, Response (a) is better.";
            TrainingSequence row = new SftEncoder(real, ROOMY, Truncation.ERROR, CutRegions.WHOLE)
                    .encode(List.of(new SftExample("", "ask\n", "", answer))).rows().get(0);
            int[] prompt = Stream.of("<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n",
                    "<|im_start|>user\nask\n<|im_end|>\n<|im_start|>assistant\n").flatMapToInt(part -> IntStream.of(tokenizer.encode(part)))
                    .toArray();
            assertArrayEquals(prompt, Arrays.copyOf(row.ids(), row.length() - row.labelled()));
            assertArrayEquals(tokenizer.encode(answer + "<|im_end|>\n"), learnt(row));
            assertEquals(tokenizer.idOf("<|im_end|>"), row.ids()[row.length() - 2]);
        }
    }

    private Encoded<TrainingSequence> sft(int limit, Truncation policy, SftExample... examples) {
        return new SftEncoder(chat, limit, policy, CutRegions.WHOLE).encode(List.of(examples));
    }

    private static int[] learnt(TrainingSequence row) {
        return IntStream.range(0, row.length()).filter(t -> row.labels()[t]).map(t -> row.ids()[t]).toArray();
    }

    private static String text(int[] ids) {
        return new LetterTokenizer().decode(ids, false);
    }
}
