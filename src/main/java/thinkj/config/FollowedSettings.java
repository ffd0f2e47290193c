package thinkj.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Prompts whose greedy answers are written down again and again while a run goes on, so that one can see them change. Steps alone decide
 * when: the same run leaves the same answers, stopped and gone on with or not.
 *
 * @param data file of prompts, in the form of {@code thinkj generate}'s or of any training data; empty for what is held out from
 *     training, or else what is trained on
 * @param rows which rows of it, counted from 1; empty for the first ones, an empty list for none
 * @param everySteps steps between answers; they are asked for before the first step and after the last one in any case
 * @param maxNewTokens most tokens of an answer
 */
public record FollowedSettings(Optional<Path> data, Optional<List<Integer>> rows, int everySteps, int maxNewTokens) {

    public FollowedSettings {
        // While a file is read, what could not be bound is null.
        List<Integer> chosen = rows == null ? List.of() : rows.orElse(List.of());
        new Rules()
                .that(chosen.stream().allMatch(row -> row >= 1), "rows", chosen, "must be numbers from 1, the first row's, or null")
                .that(new HashSet<>(chosen).size() == chosen.size(), "rows", chosen, "must name each row once")
                .that(everySteps >= 0, "every_steps", everySteps, "must be at least 0 (0: before the first step and after the last alone)")
                .that(maxNewTokens >= 1, "max_new_tokens", maxNewTokens, "must be at least 1")
                .check();
        rows = rows == null ? null : rows.map(List::copyOf);
    }

    /** Whether answers are asked for when so many steps are done. */
    public boolean due(int step, int totalSteps) {
        return step == 0 || step == totalSteps || everySteps > 0 && step % everySteps == 0;
    }
}
