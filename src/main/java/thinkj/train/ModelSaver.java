package thinkj.train;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import thinkj.checkpoint.Dtype;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.LoraTensors;
import thinkj.checkpoint.PeftAdapter;
import thinkj.checkpoint.Qwen2Tensors;
import thinkj.checkpoint.SaveOptions;
import thinkj.config.LoraSettings;
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
public record ModelSaver(Qwen2Model model, HfCheckpoint source, WeightFormat format) implements Consumer<Path> {

    /** Writes a Hugging Face folder, or an adapter's in PEFT's layout, whole or not at all. */
    @Override
    public void accept(Path folder) {
        model.adapter().ifPresentOrElse(
                adapter -> PeftAdapter.save(folder, adapter.config(), adapter.arrays(), dtype(format), source.tokenizerFolder()),
                () -> HfCheckpoint.save(folder, model.config(), source.generationConfig(), model.weights(), new SaveOptions(dtype(format)),
                        source.tokenizerFolder()));
    }

    /** About what one folder takes. */
    public static long bytes(HfCheckpoint source, Optional<LoraSettings> lora, WeightFormat format) {
        long parameters = lora.map(settings -> LoraTensors.parameters(source.config(), TrainedModel.adapter(source, settings)))
                .orElse(Qwen2Tensors.parameters(source.config()));
        return parameters * dtype(format).bytes();
    }

    private static Dtype dtype(WeightFormat format) {
        return switch (format) {
            case F32 -> Dtype.F32;
            case BF16 -> Dtype.BF16;
        };
    }
}
