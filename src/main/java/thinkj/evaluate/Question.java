package thinkj.evaluate;

import java.util.function.BinaryOperator;
import thinkj.io.UserError;

/**
 * Something to ask a judge or a critic about two responses.
 *
 * @param name how messages and the file of seconds call it
 * @param wording the user's message for two responses, which are these or shortened ones
 */
public record Question(String name, String response1, String response2, BinaryOperator<String> wording) {

    /** What the user says; a wording that needs what the row does not give is the user's error, with the question's name. */
    public String text() {
        try {
            return wording.apply(response1, response2);
        } catch (UserError e) {
            throw new UserError(name + ": " + e.getMessage(), e);
        }
    }
}
