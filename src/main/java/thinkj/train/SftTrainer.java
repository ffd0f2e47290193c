package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.SftConfig;
import thinkj.io.AtomicFile;
import thinkj.io.Folders;
import thinkj.io.LineLog;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;

/**
 * Supervised fine-tuning: imitates the answers of a file of examples. The steps themselves are {@link SftLoop}'s; here everything that
 * can go wrong is tried before the first of them, and what is left at the end is a run folder with the trained model.
 */
public final class SftTrainer {
    private SftTrainer() {}

    /** A whole run that nobody listens to. */
    public static Path run(SftConfig config, PrintWriter out) {
        return run(config, RunOptions.STANDARD, out);
    }

    /**
     * A whole run.
     *
     * @param out gets the plan before the run starts and the model's place when it is done
     * @return the folder of the trained model
     */
    public static Path run(SftConfig config, RunOptions options, PrintWriter out) {
        RunStart start = RunStart.of(config.output(), config, options);
        Folders.requirePossible(config.output());
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            SftSetup setup = SftSetup.read(config, checkpoint, tokenizer, out);
            MemoryPlan memory = Setup.announce(setup, out);
            try (Qwen2Model model = setup.model(memory.saving());
                    RunDirectory run = RunDirectory.open(start, new RunDirectory.Contents("checkpoint-", setup.fingerprint()))) {
                out.print(new PlanText().row("run", "%s", run.beginning()));
                out.flush();
                AtomicFile.writeText(run.sampleFile("trained-on.txt"), setup.samplesText());
                run.began(RunTask.of("sft", setup.examples().totalSteps(), setup.engine(), model));
                Path trained = run.train(() -> train(setup, model, run, setup.followed().within(memory.saving())));
                out.print(memory.measured("memory"));
                out.println("model: " + trained);
                out.flush();
                return trained;
            }
        }
    }

    /** Takes the steps of a run that is set up, and saves its model. */
    static Path train(SftSetup setup, Qwen2Model model, RunDirectory run, FollowedPrompts followed) {
        SftConfig config = setup.config();
        ExamplePlan plan = setup.examples();
        SavedModel saver = new ModelSaver(model, setup.checkpoint(), config.checkpoints().dtype());
        try (LineLog completions = LineLog.open(run.completions());
                Checkpointer checkpointer = new Checkpointer(run, new Checkpointer.Parts(
                        config.checkpoints(), model, saver,
                        FollowedAnswers.of(completions, followed, model, setup.checkpoint(), setup.tokenizer(), plan.totalSteps()),
                        plan.stepsPerEpoch(), plan.totalSteps()))) {
            checkpointer.requireSpace();
            new SftLoop(model, config, plan, setup.data(), setup.heldOut(), run, checkpointer).run();
            return checkpointer.saveFinal();
        }
    }

    /** Prints what {@link #run} would do, how much memory it takes and about how long; writes nothing. */
    public static void dryRun(SftConfig config, PrintWriter out) {
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            DryRun.of(config, () -> SftSetup.read(config, checkpoint, tokenizer, out), out);
        }
    }
}
