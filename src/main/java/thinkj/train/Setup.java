package thinkj.train;

import java.io.PrintWriter;

/** What a run starts from, read and checked, and what follows from it. Nothing is computed and nothing written yet. */
interface Setup {

    /** The rows of the plan: the numbers that follow from settings and data. */
    String plan();

    /** Of the sequences that are read: all that is trained on, or what is asked. */
    Lengths lengths();

    /** One of them, decoded, with the mask shown. */
    String example();

    /** How the run keeps within memory; refuses one that cannot. */
    TrainingMemory.Saving saving();

    /** A row of the plan: whose answers the run follows. */
    String followed(TrainingMemory.Saving saving);

    /**
     * Takes the parts of a step once or a few times, on weights in memory that are thrown away.
     *
     * @return how long the run will take, and what it would learn from
     */
    Rehearsal rehearse(TrainingMemory.Saving saving);

    /** Prints, before a run, what it will do. */
    static MemoryPlan announce(Setup setup, PrintWriter out) {
        out.print(setup.plan());
        out.flush();
        MemoryPlan memory = MemoryPlan.of(setup.saving());
        out.print(memory.lines());
        out.print(setup.followed(memory.saving()));
        out.flush();
        return memory;
    }
}
