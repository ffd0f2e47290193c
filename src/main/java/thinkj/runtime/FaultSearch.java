package thinkj.runtime;

import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Looks for where NaN or infinite numbers first come up in a run: among what comes from outside, or behind the first node that gives some
 * though all that it was given is finite. It reads every value of the run, and so is for a run that is done again because its result
 * cannot be used.
 */
public final class FaultSearch {
    private String found;

    /** The first place, in words such as {@code model.layers.3.mlp.down_proj, forward}; empty where everything was finite. */
    public Optional<String> found() {
        return Optional.ofNullable(found);
    }

    /** A value from outside, before anything is computed. */
    void given(Value value, INDArray array) {
        long count = found == null ? NonFinite.count(array) : 0;
        if (count > 0) {
            found = value.name() + ", which is not finite to begin with (" + count + " of " + array.length() + " numbers)";
        }
    }

    /** A node has run. */
    void ran(Node node, List<INDArray> outputs) {
        for (int i = 0; found == null && i < outputs.size(); i++) {
            if (outputs.get(i) != null && NonFinite.count(outputs.get(i)) > 0) {
                found = NodeName.of(node);
            }
        }
    }
}
