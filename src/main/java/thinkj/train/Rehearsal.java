package thinkj.train;

import java.util.Optional;

/**
 * What a dry run has found out by trying.
 *
 * @param estimate how long the run will take
 * @param answer where the run learns from its own answers, one of them, decoded, with the mask shown
 */
record Rehearsal(Estimate estimate, Optional<String> answer) {

    /** Of a run that learns from answers that it is given. */
    static Rehearsal of(Estimate estimate) {
        return new Rehearsal(estimate, Optional.empty());
    }
}
