package thinkj.train;

import java.nio.file.Path;
import java.util.function.Consumer;
import thinkj.checkpoint.Dtype;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.checkpoint.SaveOptions;
import thinkj.config.WeightFormat;
import thinkj.model.Qwen2Model;

/**
 * Writes a model as it stands, with the generation settings and the tokenizer of the checkpoint that it came from.
 *
 * @param model may be in training
 * @param source where it came from
 * @param format how weights are stored
 */
public record ModelSaver(Qwen2Model model, HfCheckpoint source, WeightFormat format) implements Consumer<Path> {

    /** Writes a Hugging Face folder, whole or not at all. */
    @Override
    public void accept(Path folder) {
        HfCheckpoint.save(folder, model.config(), source.generationConfig(), model.weights(), new SaveOptions(dtype(format)), source.folder());
    }

    /** About what one folder takes. */
    public static long bytes(HfCheckpoint source, WeightFormat format) {
        return Qwen2Tensors.parameters(source.config()) * dtype(format).bytes();
    }

    private static Dtype dtype(WeightFormat format) {
        return switch (format) {
            case F32 -> Dtype.F32;
            case BF16 -> Dtype.BF16;
        };
    }
}
