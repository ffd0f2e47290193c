package thinkj.evaluate;

import java.util.Arrays;
import thinkj.evaluate.Questionnaire.Encoding;
import thinkj.tokenizer.Tokenizer;

/** Cuts the middle out of responses until their prompt fits; what is asked about them stays whole. */
final class ResponseCut {
    /** Stands where text was taken out. */
    private static final String GAP = " … ";

    private ResponseCut() {}

    /** Ids of the question with shortened responses; longer than the limit only if no response is left to cut. */
    static int[] fit(Question question, Encoding encoding) {
        int[] first = encoding.tokenizer().encode(question.response1());
        int[] second = encoding.tokenizer().encode(question.response2());
        int budget = first.length + second.length;
        int[] ids = encoding.ids(question.text());
        // The gap costs tokens and cutting changes how text around it is tokenised: a second or third look settles that.
        while (ids.length > encoding.limit() && budget > 0) {
            budget = Math.max(0, budget - (ids.length - encoding.limit()));
            int level = level(first.length, second.length, budget);
            ids = encoding.ids(question.wording().apply(
                    cut(question.response1(), first, level, encoding.tokenizer()),
                    cut(question.response2(), second, level, encoding.tokenizer())));
        }
        return ids;
    }

    /** The length to which both are cut so that they have at most {@code budget} tokens together: the longer one pays first. */
    private static int level(int first, int second, int budget) {
        int shorter = Math.min(first, second);
        return 2 * shorter <= budget ? budget - shorter : budget / 2;
    }

    private static String cut(String text, int[] ids, int length, Tokenizer tokenizer) {
        if (ids.length <= length) {
            return text;
        }
        int head = (length + 1) / 2;
        int tail = length / 2;
        return tokenizer.decode(Arrays.copyOf(ids, head), false) + GAP
                + tokenizer.decode(Arrays.copyOfRange(ids, ids.length - tail, ids.length), false);
    }
}
