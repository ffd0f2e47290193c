package thinkj.model;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Gives a checkpoint's weights one by one, so that they need not all be in memory at once. */
public interface WeightSource {

    /** A weight by the checkpoint's name, fp32 of the checkpoint's shape, C order: a new array, which the caller closes. */
    INDArray read(String name);
}
