package thinkj.train;

import java.io.PrintWriter;
import java.util.function.Supplier;
import thinkj.config.ConfigLoader;
import thinkj.device.Usage;
import thinkj.io.Sizes;

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
        PlanText time = new PlanText().rows(setup.rehearse(saving).table());
        Usage.peakResident().ifPresent(peak ->
                time.row("memory meanwhile", "%s at most; %s are planned", Sizes.shown(peak), Sizes.shown(memory.all())));
        show(out, time);
        show(out, new PlanText().heading("\nA dry run: nothing was written."));
    }

    private static void show(PrintWriter out, PlanText text) {
        out.print(text);
        out.flush();
    }
}
