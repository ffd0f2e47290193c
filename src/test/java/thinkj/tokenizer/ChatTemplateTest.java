package thinkj.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.RealData;
import thinkj.io.Json;
import thinkj.io.UserError;

class ChatTemplateTest {
    private static final String DEFAULT = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";

    /** Qwen2.5's own template against ChatML by definition. */
    @Nested
    class Qwen {
        private ChatTemplate template;

        @BeforeEach
        void open() {
            template = ChatTemplate.open(RealData.folder("qwen2.5"), null);
        }

        @Test
        void dialogueWithoutSystemSentenceHasTheDefaultOne() {
            assertEquals(
                    "<|im_start|>system\n" + DEFAULT + "<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
                    template.render(List.of(new Message("user", "Hi")), true));
            assertEquals(Optional.of(DEFAULT), template.defaultSystem());
        }

        @Test
        void turnsFollowOneAnother() {
            List<Message> turns = List.of(new Message("system", "Be brief."), new Message("user", "1+1?"), new Message("assistant", "2"),
                    new Message("user", "2+2?"));
            assertEquals(
                    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n2<|im_end|>\n"
                            + "<|im_start|>user\n2+2?<|im_end|>\n",
                    template.render(turns, false));
        }

        @Test
        void textIsTakenAsItStands() {
            for (String text : List.of("{{ 7 * 7 }} {% if x %} {# note #}", " spaces \n\n and lines\n", "<b>&amp;\"quotes\" 'single' \\n \\\\",
                    "", "\r\n\t", "日本語 😀 e\u0301", "a\u0000b\u2028c", "{{", "%}", "x".repeat(200_000))) {
                assertEquals(
                        "<|im_start|>system\n" + text + "<|im_end|>\n<|im_start|>user\n" + text + "<|im_end|>\n<|im_start|>assistant\n",
                        template.render(List.of(new Message("system", text), new Message("user", text)), true));
            }
        }

        @Test
        void idsAreThoseOfTheText() {
            try (HfTokenizer tokenizer = HfTokenizer.open(RealData.folder("qwen2.5"))) {
                ChatTemplate withIds = ChatTemplate.open(RealData.folder("qwen2.5"), tokenizer);
                int[] ids = withIds.encode(List.of(new Message("system", "s"), new Message("user", "Hello")), true);
                int start = tokenizer.idOf("<|im_start|>");
                int end = tokenizer.idOf("<|im_end|>");
                int line = tokenizer.encode("\n")[0];
                assertArrayEquals(
                        new int[] {start, tokenizer.idOf("system"), line, tokenizer.idOf("s"), end, line, start, tokenizer.idOf("user"), line,
                            tokenizer.idOf("Hello"), end, line, start, tokenizer.idOf("assistant"), line},
                        ids);
            }
        }
    }

    @Test
    void blockLinesLeaveNothingBehind(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("chat_template.jinja"),
                "{% for message in messages %}\n  {% if loop.first %}\n[{{ message['content'] }}]\n  {% endif %}\n{% endfor %}\nend\n");
        assertEquals("[x]\nend", ChatTemplate.open(folder, null).render(List.of(new Message("user", "x"), new Message("user", "y")), false));
    }

    @Test
    void templateCanRefuseMessages(@TempDir Path folder) {
        Json.write(folder.resolve("tokenizer_config.json"),
                Map.of("chat_template", "{% if messages[0].role != 'user' %}{{ raise_exception('a user speaks first') }}{% endif %}"));
        ChatTemplate template = ChatTemplate.open(folder, null);
        assertEquals("", template.render(List.of(new Message("user", "x")), false));
        UserError error = assertThrows(UserError.class, () -> template.render(List.of(new Message("assistant", "x")), false));
        assertEquals("the chat template refuses the messages: a user speaks first", error.getMessage());
    }

    @Test
    void folderWithoutTemplateIsRefused(@TempDir Path folder) {
        UserError error = assertThrows(UserError.class, () -> ChatTemplate.open(folder, null));
        assertEquals(folder + ": holds no chat template, neither chat_template.jinja nor chat_template in tokenizer_config.json;"
                + " copy the tokenizer files of a chat model there", error.getMessage());
    }
}
