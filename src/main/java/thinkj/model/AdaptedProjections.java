package thinkj.model;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import thinkj.checkpoint.LoraTensors;
import thinkj.checkpoint.PeftConfig;
import thinkj.ops.AdaptedLinear;
import thinkj.ops.Frozen;
import thinkj.ops.FrozenLinear;
import thinkj.ops.LowRank;

/**
 * Projections over frozen weights, with the adapter's low-rank branches beside those that it adapts.
 *
 * @param adapter null for the frozen model alone
 */
record AdaptedProjections(SameDiff sd, FrozenWeights.Storage storage, PeftConfig adapter) {
    /** Placeholder of the pass's dropout. */
    static final String DROPOUT_KEYS = "dropout_keys";

    /** Makes what all projections share. */
    void begin() {
        if (adapter != null) {
            sd.placeHolder(DROPOUT_KEYS, DataType.INT32, -1);
        }
    }

    /** Embedding or output projection. */
    SDVariable vocabulary(String name) {
        return sd.placeHolder(name, storage.vocabularyType());
    }

    /** @param name of the module */
    SDVariable project(SDVariable x, String name, boolean bias, DataType type) {
        Frozen frozen = frozen(name, bias ? sd.placeHolder(name + ".bias", DataType.FLOAT) : null);
        return isAdapted(name) ? AdaptedLinear.of(x, branch(name), frozen, type) : FrozenLinear.of(x, frozen, type);
    }

    /** Back onto the residual stream. */
    SDVariable onto(SDVariable residual, SDVariable x, String name) {
        Frozen frozen = frozen(name, null);
        return isAdapted(name) ? AdaptedLinear.onto(residual, x, branch(name), frozen) : FrozenLinear.onto(residual, x, frozen);
    }

    private Frozen frozen(String name, SDVariable bias) {
        String weight = name + ".weight";
        SDVariable scales =
                storage.type() == DataType.INT8 ? sd.placeHolder(FrozenWeights.scales(weight), DataType.FLOAT) : null;
        return new Frozen(sd.placeHolder(weight, storage.type()), scales, bias);
    }

    private boolean isAdapted(String name) {
        return adapter != null && LoraTensors.isAdapted(name + ".weight", adapter);
    }

    private LowRank branch(String name) {
        String weight = name + ".weight";
        SDVariable a = sd.placeHolder(LoraTensors.a(weight), DataType.FLOAT);
        SDVariable b = sd.placeHolder(LoraTensors.b(weight), DataType.FLOAT);
        return new LowRank(a, b, sd.getVariable(DROPOUT_KEYS), adapter.scale(), adapter.dropout(), name.hashCode());
    }
}
