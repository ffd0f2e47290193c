package thinkj.train;

import java.nio.file.Path;
import thinkj.checkpoint.ArrayFile;
import thinkj.checkpoint.Dtype;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.PeftAdapter;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.checkpoint.SaveOptions;
import thinkj.config.WeightFormat;
import thinkj.model.Qwen2Model;

/**
 * Writes a model as it stands, with the generation settings and the tokenizer of the checkpoint that it came from; of a model with an
 * adapter, the adapter.
 *
 * @param model may be in training
 * @param source where it came from
 * @param format how weights are stored
 */
record ModelSaver(Qwen2Model model, HfCheckpoint source, WeightFormat format) implements SavedModel {

    /** Writes a Hugging Face folder, or an adapter's in PEFT's layout, whole or not at all. */
    @Override
    public void write(Path folder) {
        model.adapter().ifPresentOrElse(
                adapter -> PeftAdapter.save(folder, adapter.config(), adapter.arrays(), dtype(format), source.tokenizerFolder()),
                () -> HfCheckpoint.save(folder, model.config(), source.generationConfig(), model.weights(), new SaveOptions(dtype(format)),
                        source.tokenizerFolder()));
    }

    @Override
    public long bytes() {
        long trained = ArrayFile.bytes(model.trainable()) / Dtype.F32.bytes();
        return model.adapter().map(adapter -> trained).orElse(Qwen2Tensors.parameters(model.config())) * dtype(format).bytes();
    }

    /** Where all weights are trained and are written as they are. */
    @Override
    public boolean exact() {
        return format == WeightFormat.F32 && model.adapter().isEmpty();
    }

    private static Dtype dtype(WeightFormat format) {
        return switch (format) {
            case F32 -> Dtype.F32;
            case BF16 -> Dtype.BF16;
        };
    }
}
