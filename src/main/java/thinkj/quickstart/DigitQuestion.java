package thinkj.quickstart;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * A question whose right answer is known.
 *
 * @param text such as {@code Reverse 528.}
 * @param answer such as {@code 825}
 */
record DigitQuestion(String text, String answer) {
    static final int DIGITS = 3;

    /** One question in so many is held out. */
    private static final int HELD_OUT_SHARE = 5;

    /**
     * Whether the question is for evaluation alone. It follows from the text, so that no seed and no change of another setting can
     * bring a held-out question into the base model's or the judge's training.
     */
    boolean heldOut() {
        CRC32 checksum = new CRC32();
        checksum.update(text.getBytes(StandardCharsets.UTF_8));
        return checksum.getValue() % HELD_OUT_SHARE == 0;
    }

    /** All questions of one side of the split, in a fixed order. */
    static List<DigitQuestion> all(boolean heldOut) {
        List<DigitQuestion> questions = new ArrayList<>();
        for (DigitTask task : DigitTask.values()) {
            for (int n = 0; n < 1000; n++) {
                DigitQuestion question = task.about(String.format(Locale.ROOT, "%03d", n));
                if (question.heldOut() == heldOut) {
                    questions.add(question);
                }
            }
        }
        return questions;
    }

    /** How many digits of a response differ from the answer's, 0 to 3. */
    int wrongDigits(String response) {
        int wrong = 0;
        for (int i = 0; i < DIGITS; i++) {
            wrong += response.charAt(i) == answer.charAt(i) ? 0 : 1;
        }
        return wrong;
    }
}
