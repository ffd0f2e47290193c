package thinkj.config;

/**
 * When a run saves its model, and how. The last model is saved in any case.
 *
 * @param everySteps steps between checkpoints; 0 for none on the way
 * @param keep how many checkpoints stay, the newest; 0 for all
 * @param dtype how weights are written
 */
public record CheckpointSettings(int everySteps, int keep, WeightFormat dtype) {

    public CheckpointSettings {
        new Rules()
                .that(everySteps >= 0, "every_steps", everySteps, "must be at least 0 (0 saves only at the end)")
                .that(keep >= 0, "keep", keep, "must be at least 0 (0 keeps all)")
                .check();
    }

    /** Most models that lie on the disk at once in a run of so many steps: an old checkpoint goes after a new one is there. */
    public int mostAtOnce(int totalSteps) {
        int saves = everySteps == 0 ? 0 : totalSteps / everySteps;
        return 1 + (keep == 0 ? saves : Math.min(saves, keep + 1));
    }
}
