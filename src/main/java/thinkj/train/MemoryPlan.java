package thinkj.train;

import thinkj.device.Machine;
import thinkj.device.Usage;
import thinkj.io.Sizes;
import thinkj.model.MemoryNeeds;

/**
 * The memory of a whole process, against what the machine has.
 *
 * @param saving what the run takes outside the Java heap
 * @param java what Java itself takes: its heap, code and libraries
 */
record MemoryPlan(TrainingMemory.Saving saving, long java) {

    /** To be asked when data and libraries are in memory and the model is not. */
    static MemoryPlan of(TrainingMemory.Saving saving) {
        return new MemoryPlan(saving, Usage.resident());
    }

    /** What the process takes. */
    long all() {
        return saving.bytes() + java;
    }

    /** A row: most that the process has had until now, against the plan; nothing where the system does not tell. */
    String measured(String name) {
        PlanText text = new PlanText();
        ProcessMemory.now().peak().ifPresent(peak ->
                text.row(name, "%s at most, %.0f %% of the %s that are planned", Sizes.shown(peak), 100.0 * peak / all(), Sizes.shown(all())));
        return text.toString();
    }

    /** Two rows of a plan. */
    String lines() {
        return new PlanText()
                .row("memory", "about %s: %s outside the Java heap, where the limit is %s, and %s of Java's own",
                        Sizes.shown(all()), Sizes.shown(saving.bytes()), Sizes.shown(saving.limit()), Sizes.shown(java))
                .row("activations", "%s, %s", Sizes.shown(saving.parts().getOrDefault(MemoryNeeds.ACTIVATIONS, 0L)), saving.words())
                .toString();
    }

    /** By what takes it. */
    String table() {
        PlanText text = new PlanText();
        saving.parts().forEach((name, bytes) ->
                text.row(name, "%10s%s", Sizes.shown(bytes), name.equals(MemoryNeeds.ACTIVATIONS) ? "   " + saving.words() : ""));
        text.row("outside the heap", "%10s   of %s (THINKJ_OFFHEAP)", Sizes.shown(saving.bytes()), Sizes.shown(saving.limit()));
        text.row("Java", "%10s   heap, code and libraries; the heap may grow to %s (THINKJ_HEAP)", Sizes.shown(java), Sizes.shown(Machine.heapLimit()));
        return text.row("in all", "%10s   of %s%s", Sizes.shown(all()), Sizes.shown(Machine.physicalMemory()),
                        Usage.available().stream().mapToObj(free -> ", " + Sizes.shown(free) + " of which are free now").findFirst().orElse(""))
                .toString();
    }
}
