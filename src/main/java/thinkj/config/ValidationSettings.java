package thinkj.config;

import java.nio.file.Path;
import java.util.List;

/**
 * Greedy answers to rows that are not trained on.
 *
 * @param data files in the form of the training data, each of whose sources is scored apart; empty for no validation
 * @param everySteps steps between validations; 0 for one at the end alone
 * @param beforeTraining whether the start model is validated too
 */
public record ValidationSettings(List<Path> data, int everySteps, boolean beforeTraining) {

    public ValidationSettings {
        new Rules()
                .that(everySteps >= 0, "every_steps", everySteps, "must be at least 0")
                .check();
        data = data == null ? null : List.copyOf(data);
    }
}
