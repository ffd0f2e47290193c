package thinkj.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.Tokenizer;

/** A token a character, two line ends in a row one token, and ChatML's special tokens; with a ChatML template. */
final class LetterTokenizer implements Tokenizer {
    static final int START = 1 << 17;
    static final int END = START + 1;
    static final int TWO_LINES = START + 2;
    private static final List<String> SPECIAL = List.of("<|im_start|>", "<|im_end|>", "\n\n");
    private static final String TEMPLATE = "{\"chat_template\": \"{% if messages[0]['role'] != 'system' %}"
            + "{{ '<|im_start|>system\\nDefault.<|im_end|>\\n' }}{% endif %}{% for m in messages %}"
            + "{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}\"}";

    /** An encoder with this tokenizer, its template written to a folder. */
    static ChatEncoder encoder(Path folder) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), TEMPLATE.replace("\\n", "\\\\n"));
        LetterTokenizer tokenizer = new LetterTokenizer();
        return new ChatEncoder(tokenizer, ChatTemplate.open(folder, tokenizer));
    }

    @Override
    public int[] encode(String text) {
        List<Integer> ids = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int special = specialAt(text, at);
            ids.add(special < 0 ? text.charAt(at) : START + special);
            at += special < 0 ? 1 : SPECIAL.get(special).length();
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int specialAt(String text, int at) {
        for (int i = 0; i < SPECIAL.size(); i++) {
            if (text.startsWith(SPECIAL.get(i), at)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String decode(int[] ids, boolean skipSpecial) {
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(id < START ? String.valueOf((char) id) : SPECIAL.get(id - START));
        }
        return text.toString();
    }

    @Override
    public int idOf(String token) {
        int special = SPECIAL.indexOf(token);
        return special < 0 ? token.charAt(0) : START + special;
    }

    @Override
    public int size() {
        return TWO_LINES + 1;
    }
}
