package thinkj.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.RealData;
import thinkj.io.UserError;

class SmallTokenizerTest {
    @TempDir
    Path folder;

    @Test
    void anyTextComesBackInIdsOfTheSmallVocabulary() {
        int vocabulary = 512;
        SmallTokenizer.write(RealData.folder("qwen2.5"), vocabulary, folder);
        try (HfTokenizer small = HfTokenizer.open(folder)) {
            assertEquals(vocabulary, small.size());
            for (String text : List.of("Which answer is better, (a) or (b)?", "naïve 日本語 😀\r\n\t", "x\u0000y", "")) {
                int[] ids = small.encode(text);
                assertTrue(IntStream.of(ids).allMatch(id -> id >= 0 && id < vocabulary - 3));
                assertEquals(text, small.decode(ids, false));
            }
        }
    }

    @Test
    void specialTokensAreTheLastIds() {
        SmallTokenizer.write(RealData.folder("qwen2.5"), 300, folder);
        try (HfTokenizer small = HfTokenizer.open(folder)) {
            assertArrayEquals(new int[] {297, 298, 299}, small.encode("<|endoftext|><|im_start|><|im_end|>"));
            assertEquals("ab", small.decode(small.encode("a<|im_end|>b"), true));
            assertEquals(297, small.idOf(SmallTokenizer.END_OF_TEXT));
            String text = ChatTemplate.open(folder, small).render(List.of(new Message("user", "Hi")), true);
            assertEquals(text, small.decode(small.encode(text), false));
        }
    }

    @Test
    void wholeVocabularySplitsTextAsTheOriginalDoes() {
        SmallTokenizer.write(RealData.folder("qwen2.5"), 151_646, folder);
        try (HfTokenizer cut = HfTokenizer.open(folder);
                HfTokenizer original = HfTokenizer.open(RealData.folder("qwen2.5"))) {
            String text = "The judge's verdict: Response (a) is better — 你好，世界！ 12345";
            assertArrayEquals(original.encode(text), cut.encode(text));
        }
    }

    @Test
    void vocabularyMustHoldTheBytes() {
        Path qwen = RealData.folder("qwen2.5");
        UserError error = assertThrows(UserError.class, () -> SmallTokenizer.write(qwen, 258, folder));
        assertEquals("a vocabulary of 258 cannot be cut from " + qwen.resolve("tokenizer.json")
                + ": it must be a byte-level BPE tokenizer and the vocabulary from 259 to 151646", error.getMessage());
    }
}
