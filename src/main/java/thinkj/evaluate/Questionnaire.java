package thinkj.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import thinkj.io.Fingerprint;
import thinkj.io.UserError;
import thinkj.tokenizer.Tokenizer;

/**
 * Questions as token ids that fit the model.
 *
 * @param prompts ids of every question of the kept rows, in order
 * @param names the same questions' names
 * @param kept positions of the rows that are asked
 * @param shortened rows with a response cut in the middle
 */
public record Questionnaire(List<int[]> prompts, List<String> names, List<Integer> kept, int shortened) {
    private static final int MOST_NAMED = 10;

    /**
     * How prompts are made.
     *
     * @param chat the user's message to the whole prompt, with the header that the answer follows
     * @param limit longest prompt in tokens
     */
    public record Encoding(Tokenizer tokenizer, UnaryOperator<String> chat, int limit) {
        int[] ids(String userText) {
            return tokenizer.encode(chat.apply(userText));
        }
    }

    /**
     * Makes the prompts.
     *
     * @param rows the questions of each row, which stay or go together
     * @throws UserError where prompts are too long and the policy is {@link TooLong#ERROR}, or no cut can help
     */
    public static Questionnaire of(List<List<Question>> rows, Encoding encoding, TooLong policy) {
        List<int[]> prompts = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Integer> kept = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        int shortened = 0;
        for (int row = 0; row < rows.size(); row++) {
            List<int[]> ids = rows.get(row).stream().map(question -> encoding.ids(question.text())).toList();
            boolean fits = ids.stream().allMatch(prompt -> prompt.length <= encoding.limit());
            if (!fits && policy == TooLong.DROP) {
                continue;
            }
            if (!fits && policy == TooLong.MIDDLE) {
                ids = rows.get(row).stream().map(question -> ResponseCut.fit(question, encoding)).toList();
                shortened++;
            }
            for (int i = 0; i < ids.size(); i++) {
                names.add(rows.get(row).get(i).name());
                if (ids.get(i).length > encoding.limit()) {
                    problems.add(names.get(names.size() - 1) + ": " + ids.get(i).length + " tokens");
                }
            }
            prompts.addAll(ids);
            kept.add(row);
        }
        require(problems, policy, encoding.limit());
        return new Questionnaire(prompts, names, kept, shortened);
    }

    private static void require(List<String> problems, TooLong policy, int limit) {
        if (problems.isEmpty()) {
            return;
        }
        List<String> shown = problems.subList(0, Math.min(MOST_NAMED, problems.size()));
        String more = problems.size() > shown.size() ? "\n  and " + (problems.size() - shown.size()) + " more" : "";
        String advice = policy == TooLong.MIDDLE
                ? "what is left without the responses is too long already: raise --max-length, lower --max-new-tokens, or use "
                        + "--too-long drop"
                : "raise --max-length, lower --max-new-tokens, or use --too-long drop or --too-long middle";
        throw new UserError(problems.size() + (problems.size() == 1 ? " prompt is" : " prompts are") + " longer than the " + limit
                + " tokens that the context leaves beside the new tokens:\n  " + String.join("\n  ", shown) + more + "\n" + advice);
    }

    /** Of the questions, their names and their order. */
    String fingerprint() {
        Fingerprint fingerprint = new Fingerprint();
        for (int i = 0; i < prompts.size(); i++) {
            fingerprint.add(names.get(i)).add(prompts.get(i));
        }
        return fingerprint.hex();
    }
}
