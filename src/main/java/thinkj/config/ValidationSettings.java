package thinkj.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Greedy answers to rows that are not trained on.
 *
 * @param data rows in the form of the training data; empty for no validation
 * @param everySteps steps between validations; 0 for one at the end alone
 * @param beforeTraining whether the start model is validated too
 */
public record ValidationSettings(Optional<Path> data, int everySteps, boolean beforeTraining) {

    public ValidationSettings {
        new Rules().that(everySteps >= 0, "every_steps", everySteps, "must be at least 0").check();
    }
}
