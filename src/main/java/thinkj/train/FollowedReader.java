package thinkj.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import thinkj.data.ChatEncoder;
import thinkj.data.Examples;
import thinkj.data.RowFile;
import thinkj.generate.InputRows;
import thinkj.generate.PromptRules;
import thinkj.io.JsonLines;
import thinkj.io.UserError;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.Tokenizer;

/**
 * Reads a file of prompts to follow: what {@code thinkj generate} takes, or the data of any training. The first row's columns tell
 * which. Nothing is cut: a prompt is asked as it stands.
 *
 * <p>Left out: judge input, which says nothing of the wording that it is asked in; {@code thinkj prepare} gives it one.
 */
final class FollowedReader {
    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final ChatEncoder chat;
    private final PromptRules rules;

    FollowedReader(Tokenizer tokenizer, ChatTemplate template, PromptRules rules) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.chat = new ChatEncoder(tokenizer, template);
        this.rules = rules;
    }

    /** Every row of a file. */
    List<Followed> read(String file) {
        List<JsonLines.Row> rows = RowFile.readAll(file);
        if (rows.isEmpty()) {
            throw new UserError(file + ": has no rows, at least one is expected");
        }
        JsonLines.Row first = rows.get(0);
        List<Path> files = List.of(Path.of(file));
        if (first.has("reward_model")) {
            return GrpoPrompt.select(Examples.grpo(files), template, tokenizer, Integer.MAX_VALUE).prompts().stream().map(Followed::of).toList();
        }
        if (first.has("instruction") && first.has("output")) {
            return Examples.sft(files).examples().stream().map(row -> taught(row.system(), row.userText(), row.output())).toList();
        }
        if (first.has("instruction") && first.has("chosen")) {
            return Examples.pairs(files).examples().stream().map(row -> taught(row.system(), row.instruction(), row.chosen())).toList();
        }
        if (Set.of("prompt", "messages", "ids").stream().anyMatch(first::has)) {
            return new InputRows(rules, tokenizer, messages -> template.render(messages, true)).prompts(file).stream()
                    .map(row -> Followed.of(row.ids()))
                    .toList();
        }
        throw new UserError(first.place() + ": no prompt; a row has prompt, messages or ids as for thinkj generate, or is one of a training's "
                + "data, which thinkj prepare makes of judge input");
    }

    private Followed taught(String system, String user, String answer) {
        return new Followed(chat.prompt(ChatEncoder.dialogue(system, user)), Optional.of(answer), Optional.empty());
    }
}
