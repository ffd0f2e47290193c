package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.SftConfig;
import thinkj.io.AtomicFile;
import thinkj.io.Folders;
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
            TrainingMemory.Saving saving = Setup.announce(setup, out);
            int steps = setup.examples().totalSteps();
            try (Qwen2Model model = setup.model(saving);
                    RunDirectory run = RunDirectory.open(start, new RunDirectory.Contents("checkpoint-", setup.fingerprint()));
                    TrainedAnswers answers = new TrainedAnswers(
                            run.completions(), model, tokenizer, checkpoint.generationConfig(), setup.answered(saving),
                            config.cutoffLen())) {
                out.print(new PlanText().row("run", "%s", run.beginning()));
                out.flush();
                AtomicFile.writeText(run.sampleFile("trained-on.txt"), setup.samplesText());
                run.began(RunTask.of("sft", steps, setup.engine(), model));
                SavedModel saver = new ModelSaver(model, checkpoint, config.checkpoints().dtype());
                try (Checkpointer checkpointer = new Checkpointer(run, new Checkpointer.Parts(
                        config.checkpoints(), model, saver, answers, setup.examples().stepsPerEpoch(), steps))) {
                    checkpointer.requireSpace();
                    new SftLoop(model, config, setup.examples(), setup.data(), setup.heldOut(), run, checkpointer).run();
                    Path trained = checkpointer.saveFinal();
                    out.println("model: " + trained);
                    out.flush();
                    return trained;
                }
            }
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
