package thinkj.evaluate;

import java.util.function.BinaryOperator;

/**
 * Something to ask a judge or a critic about two responses.
 *
 * @param name how messages and the file of seconds call it
 * @param wording the user's message for two responses, which are these or shortened ones
 */
public record Question(String name, String response1, String response2, BinaryOperator<String> wording) {

    /** What the user says. */
    public String text() {
        return wording.apply(response1, response2);
    }
}
