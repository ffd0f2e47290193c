package thinkj.config;

import java.util.Optional;

/**
 * When a run saves a checkpoint that it can go on from, and how. The last model is saved in any case, and a run that is told to stop
 * saves one too.
 *
 * @param everySteps steps between checkpoints; 0 for none by steps
 * @param everyMinutes minutes between checkpoints, whatever they are due to; 0 for none by time
 * @param everyEpochs passes over the data between checkpoints; 0 for none by epochs
 * @param keep how many checkpoints stay, the newest; 0 for all
 * @param best a metric, such as {@code eval_loss}: of all checkpoints whose step has it, the best stays too; null for none
 * @param bestMode whether the least or the greatest is the best; null where {@code best} is
 * @param dtype how weights are written
 */
public record CheckpointSettings(
        int everySteps, double everyMinutes, int everyEpochs, int keep, Optional<String> best, Optional<BestMode> bestMode, WeightFormat dtype) {

    public CheckpointSettings {
        boolean together = best == null || bestMode == null || best.isPresent() == bestMode.isPresent();
        new Rules()
                .that(everySteps >= 0, "every_steps", everySteps, "must be at least 0 (0: none by steps)")
                .that(everyMinutes >= 0, "every_minutes", everyMinutes, "must be at least 0 (0: none by time)")
                .that(everyEpochs >= 0, "every_epochs", everyEpochs, "must be at least 0 (0: none by epochs)")
                .that(keep >= 0, "keep", keep, "must be at least 0 (0 keeps all)")
                .that(together, "best_mode", bestMode == null ? null : bestMode.map(Types::name).orElse(null),
                        "must be min or max where best names a metric, and null where best is null")
                .check();
    }

    /** Whether a checkpoint is due after a step, by steps or epochs. */
    public boolean due(int step, int stepsPerEpoch) {
        return everySteps > 0 && step % everySteps == 0 || everyEpochs > 0 && step % Math.multiplyExact(everyEpochs, stepsPerEpoch) == 0;
    }

    /** Most checkpoints that lie on the disk at once in a run of so many steps: an old one goes after a new one is there. */
    public int mostAtOnce(int totalSteps, int stepsPerEpoch) {
        int saves = everyMinutes > 0 ? totalSteps : 0;
        for (int step = 1; step <= totalSteps && everyMinutes == 0; step++) {
            saves += due(step, stepsPerEpoch) ? 1 : 0;
        }
        return keep == 0 ? (everyMinutes > 0 ? Math.min(saves, 1) : saves) : Math.min(saves, keep + 1 + (best.isPresent() ? 1 : 0));
    }
}
