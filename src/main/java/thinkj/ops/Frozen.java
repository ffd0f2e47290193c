package thinkj.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A projection's parameters where they are not trained.
 *
 * @param weight [out, in], fp32, bf16 or int8
 * @param scales fp32 [out], of int8 weights; otherwise null
 * @param bias fp32 [out]; null for none
 */
public record Frozen(SDVariable weight, SDVariable scales, SDVariable bias) {

    /** A node's inputs: these, then what is frozen; nulls left out. */
    SDVariable[] after(SDVariable... first) {
        List<SDVariable> all = new ArrayList<>(List.of(first));
        Stream.of(weight, scales, bias).filter(Objects::nonNull).forEach(all::add);
        return all.toArray(SDVariable[]::new);
    }
}
