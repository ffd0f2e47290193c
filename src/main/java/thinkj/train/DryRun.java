package thinkj.train;

import java.io.PrintWriter;
import java.util.function.Supplier;
import thinkj.config.ConfigLoader;

/**
 * All that can be known of a run before it starts, and a measured step, printed. Writes no file, so that it can be asked of a run that
 * is under way.
 */
final class DryRun {
    private DryRun() {}

    /**
     * Prints the settings, what the files' rows become, and all else.
     *
     * @param read reads and checks; prints a line for each set of files
     */
    static void of(Record config, Supplier<? extends Setup> read, PrintWriter out) {
        show(out, new PlanText().heading("settings").block(ConfigLoader.yaml(config)));
        show(out, new PlanText().heading("\nrows"));
        Setup setup = read.get();
        show(out, new PlanText().heading("\nlengths: " + setup.lengths().summary()).rows(setup.lengths().histogram()));
        show(out, new PlanText().heading("\nexample").block(setup.example()));
        show(out, new PlanText().heading("\nplan").rows(setup.plan()));
        TrainingMemory.Saving saving = setup.saving();
        MemoryPlan memory = MemoryPlan.of(saving);
        show(out, new PlanText().heading("\nmemory").rows(memory.table()).rows(setup.followed(saving)));
        show(out, new PlanText().heading("\ntime, as estimated from what is measured now"));
        Rehearsal rehearsal = setup.rehearse(saving);
        show(out, new PlanText().rows(rehearsal.estimate().table()).rows(memory.measured("memory meanwhile")));
        rehearsal.answer().ifPresent(answer -> show(out, new PlanText().heading("\nan answer").block(answer)));
        show(out, new PlanText().heading("\nA dry run: nothing was written."));
    }

    private static void show(PrintWriter out, PlanText text) {
        out.print(text);
        out.flush();
    }
}
