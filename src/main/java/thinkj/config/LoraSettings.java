package thinkj.config;

import java.util.HashSet;
import java.util.List;

/**
 * Low-rank adaptation (LoRA; Hu et al., 2022): the model stays as it is, and beside some of its projections narrow ones are trained,
 * {@code y = W·x + α/r · B·A·x}.
 *
 * @param rank r, the width of the narrow projections
 * @param alpha α
 * @param dropout share of a narrow projection's input that is zeroed in training, drawn by seed, step and place in the step, whatever the micro-batches
 * @param targetModules the projections that get one, by their names in every layer
 * @param base how the model that stays as it is is held in memory
 */
public record LoraSettings(int rank, double alpha, double dropout, List<String> targetModules, BaseFormat base) {

    /** What can be named. */
    public static final List<String> MODULES = List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    public LoraSettings {
        new Rules()
                .that(rank >= 1, "rank", rank, "must be at least 1")
                .that(alpha > 0, "alpha", alpha, "must be greater than 0")
                .that(dropout >= 0 && dropout < 1, "dropout", dropout, "must be at least 0 and below 1")
                .that(targetModules == null || !targetModules.isEmpty() && MODULES.containsAll(targetModules)
                                && new HashSet<>(targetModules).size() == targetModules.size(),
                        "target_modules", targetModules, "must name at least one of " + String.join(", ", MODULES) + ", each once")
                .check();
        targetModules = targetModules == null ? null : List.copyOf(targetModules);
    }
}
