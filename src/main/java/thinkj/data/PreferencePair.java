package thinkj.data;

/**
 * A prompt with a preferred and a rejected answer, as DPO takes it.
 *
 * @param system the system message; empty for the checkpoint's own default
 */
public record PreferencePair(String system, String instruction, String chosen, String rejected) {

    public PreferencePair {
        system = system == null ? "" : system;
        Fields.notBlank("instruction", instruction);
        Fields.notBlank("chosen", chosen);
        Fields.notBlank("rejected", rejected);
    }
}
