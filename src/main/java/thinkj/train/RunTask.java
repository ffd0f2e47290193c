package thinkj.train;

import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.kernels.Engine;
import thinkj.model.Qwen2Model;

/**
 * What a run is to do, for those who look at it.
 *
 * @param recipe sft, dpo or grpo
 * @param steps of the whole run
 * @param engine what its products are computed with, for people
 * @param layers of the model
 * @param parameters of the model, without an adapter's
 * @param trained parameters that change: all of the model's, or the adapter's
 */
record RunTask(String recipe, int steps, String engine, int layers, long parameters, long trained) {

    static RunTask of(String recipe, int steps, Engine engine, Qwen2Model model) {
        return new RunTask(
                recipe,
                steps,
                engine.description(),
                model.config().numHiddenLayers(),
                Qwen2Tensors.parameters(model.config()),
                model.trainable().values().stream().mapToLong(INDArray::length).sum());
    }
}
