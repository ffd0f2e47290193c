package thinkj.data;

/**
 * A row of a supervised file: what is asked and what is to be answered.
 *
 * @param system the system message; empty for the checkpoint's own default
 * @param instruction what the user says
 * @param input more of the user's text, or empty; see {@link #userText}
 * @param output the answer to learn
 */
public record SftExample(String system, String instruction, String input, String output) {

    public SftExample {
        system = system == null ? "" : system;
        input = input == null ? "" : input;
        Fields.notBlank("instruction", instruction == null ? null : instruction + input);
        Fields.notBlank("output", output);
    }

    /** The user's message: the instruction, and after a newline the input where there is one. */
    public String userText() {
        return input.isEmpty() ? instruction : instruction + "\n" + input;
    }
}
