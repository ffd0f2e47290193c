package thinkj.config;

import java.nio.file.Path;

/**
 * The whole pipeline in small. Its stages have configs of their own, whose {@code model}, {@code data}, {@code output} and {@code seed}
 * the quickstart sets.
 *
 * @param model the base checkpoint, relative to the project's folder
 * @param prompts folder of the wording, likewise
 * @param sftJudge config of the judge's supervised run, likewise
 * @param sftCritic config of the critic's
 * @param dpo config of the offline optimisation
 * @param grpo config of the online optimisation
 * @param sftTasks judging tasks with a trace, for judge and critic
 * @param optimisationTasks judging tasks without a trace, for pairs and reinforcement
 * @param validationTasks judging tasks that reinforcement is validated on, none of them held out for the evaluation
 * @param heldOutTasks judging tasks about held-out questions, for the evaluation
 * @param maxNewTokens most tokens of an answer
 * @param batch most answers under way at once
 */
public record QuickstartConfig(
        Path model,
        Path prompts,
        Path sftJudge,
        Path sftCritic,
        Path dpo,
        Path grpo,
        int sftTasks,
        int optimisationTasks,
        int validationTasks,
        int heldOutTasks,
        int maxNewTokens,
        int batch) {

    public QuickstartConfig {
        new Rules()
                .that(sftTasks >= 1, "sft_tasks", sftTasks, "must be at least 1")
                .that(optimisationTasks >= 1, "optimisation_tasks", optimisationTasks, "must be at least 1")
                .that(validationTasks >= 1, "validation_tasks", validationTasks, "must be at least 1")
                .that(heldOutTasks >= 1, "held_out_tasks", heldOutTasks, "must be at least 1")
                .that(maxNewTokens >= 1, "max_new_tokens", maxNewTokens, "must be at least 1")
                .that(batch >= 1, "batch", batch, "must be at least 1")
                .check();
    }
}
