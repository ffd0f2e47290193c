package thinkj.train;

import java.util.ArrayList;
import java.util.List;
import thinkj.data.GrpoRow;
import thinkj.data.Located;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.Tokenizer;

/**
 * A row that answers are sampled for.
 *
 * @param place in its file
 * @param ids the rendered prompt's tokens, up to the head of the assistant's turn
 * @param text the rendered prompt
 */
record GrpoPrompt(GrpoRow row, String place, int[] ids, String text) {

    /**
     * Rows that can be asked.
     *
     * @param tooLong rows left out because their prompt is longer than allowed
     */
    record Selected(List<GrpoPrompt> prompts, int tooLong) {}

    /** Renders and encodes rows, and leaves out those of more than {@code maxLength} tokens. */
    static Selected select(Located<GrpoRow> rows, ChatTemplate template, Tokenizer tokenizer, int maxLength) {
        List<GrpoPrompt> prompts = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            GrpoRow row = rows.examples().get(i);
            String text = template.render(row.prompt(), true);
            int[] ids = tokenizer.encode(text);
            if (ids.length <= maxLength) {
                prompts.add(new GrpoPrompt(row, rows.places().get(i), ids, text));
            }
        }
        return new Selected(prompts, rows.size() - prompts.size());
    }
}
