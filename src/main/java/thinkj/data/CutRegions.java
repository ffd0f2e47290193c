package thinkj.data;

import java.util.List;

/** Names those parts of a user's text that may lose their middle when the whole is too long, such as the responses in a judge's prompt. */
@FunctionalInterface
public interface CutRegions {

    /** The whole text may be cut. */
    CutRegions WHOLE = text -> List.of(new Region(0, text.length()));

    /** Parts in order, without overlap; none if nothing is recognised, which leaves the whole text to be cut. */
    List<Region> of(String userText);

    /** Characters {@code start} to {@code end}, the latter not included. */
    record Region(int start, int end) {}
}
