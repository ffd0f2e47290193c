package thinkj.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a config's constructor demands of its values. All broken rules are told together:
 *
 * <pre>{@code
 * new Rules()
 *         .that(learningRate > 0, "learning_rate", learningRate, "must be greater than 0")
 *         .that(epochs >= 1, "epochs", epochs, "must be at least 1")
 *         .check();
 * }</pre>
 *
 * A rule between two values names the other one in its text.
 */
public final class Rules {
    private final List<String> broken = new ArrayList<>();

    /** Notes {@code field: value, rule} where the rule does not hold. */
    public Rules that(boolean holds, String field, Object value, String rule) {
        if (!holds) {
            broken.add(field + ": " + Objects.toString(value) + ", " + rule);
        }
        return this;
    }

    /** A number that may be left out, but not below 1. While a file is read, one that could not be bound is null and has its message. */
    public Rules atLeastOne(String field, Optional<Integer> value) {
        boolean stated = value != null && value.isPresent();
        return that(!stated || value.get() >= 1, field, stated ? value.get() : null, "must be at least 1, or null");
    }

    /** What a run's precision asks of the weights that it does not train. While a file is read, what could not be bound is null. */
    Rules overLora(Optional<LoraSettings> lora, PrecisionSetting precision) {
        boolean stated = lora != null && lora.isPresent();
        return that(!stated || precision != PrecisionSetting.BF16 || lora.get().base() != BaseFormat.FP32, "lora.base", "fp32",
                "must be bf16 or int8 with precision: bf16, whose products round the weights to bf16 in any case");
    }

    /** What holds for every run over a file of examples: data, length, passes, and how a step's examples are cut. */
    Rules overExamples(
            List<Path> data,
            int cutoffLen,
            int epochs,
            Optional<Integer> maxSteps,
            int batchSize,
            int microBatchSize,
            Optional<Integer> microBatchTokens) {
        return that(data == null || !data.isEmpty(), "data", data, "must name at least one file")
                .that(cutoffLen >= 2, "cutoff_len", cutoffLen, "must be at least 2")
                .that(epochs >= 1, "epochs", epochs, "must be at least 1")
                .atLeastOne("max_steps", maxSteps)
                .that(batchSize >= 1, "batch_size", batchSize, "must be at least 1")
                .that(microBatchSize >= 1, "micro_batch_size", microBatchSize, "must be at least 1")
                .atLeastOne("micro_batch_tokens", microBatchTokens);
    }

    /** @throws IllegalArgumentException with a line for each broken rule */
    public void check() {
        if (!broken.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", broken));
        }
    }
}
