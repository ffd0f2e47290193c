package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.DpoConfig;
import thinkj.data.PairSequences;
import thinkj.io.AtomicFile;
import thinkj.io.Folders;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;

/**
 * Direct preference optimisation: makes chosen answers likelier than rejected ones, measured from the start model. The steps themselves
 * are {@link DpoLoop}'s; here everything that can go wrong is tried before the first of them.
 *
 * <p>The start model is the reference. It is asked once, before the first step, while its weights are still the policy's
 * ({@link ReferenceLogProbs}): no second copy is held.
 */
public final class DpoTrainer {
    private DpoTrainer() {}

    /** A whole run that nobody listens to. */
    public static Path run(DpoConfig config, PrintWriter out) {
        return run(config, RunOptions.STANDARD, out);
    }

    /**
     * A whole run.
     *
     * @param out gets the plan before the run starts and the model's place when it is done
     * @return the folder of the trained model
     */
    public static Path run(DpoConfig config, RunOptions options, PrintWriter out) {
        RunStart start = RunStart.of(config.output(), config, options);
        Folders.requirePossible(config.output());
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            DpoSetup setup = DpoSetup.read(config, checkpoint, tokenizer, out);
            TrainingMemory.Saving saving = Setup.announce(setup, out);
            int steps = setup.examples().totalSteps();
            String fingerprint = setup.fingerprint();
            try (Qwen2Model model = setup.model(saving);
                    RunDirectory run = RunDirectory.open(start, new RunDirectory.Contents("checkpoint-", fingerprint));
                    TrainedAnswers answers = new TrainedAnswers(
                            run.completions(), model, tokenizer, checkpoint.generationConfig(),
                            setup.answered(saving).stream().map(PairSequences::chosen).toList(), config.cutoffLen())) {
                out.print(new PlanText().row("run", "%s", run.beginning()));
                out.flush();
                AtomicFile.writeText(run.sampleFile("trained-on.txt"), setup.samplesText());
                run.began(RunTask.of("dpo", steps, setup.engine(), model));
                ReferenceLogProbs reference = reference(config, fingerprint, model, setup.pairs());
                SavedModel saver = new ModelSaver(model, checkpoint, config.checkpoints().dtype());
                try (Checkpointer checkpointer = new Checkpointer(run, new Checkpointer.Parts(
                        config.checkpoints(), model, saver, answers, setup.examples().stepsPerEpoch(), steps))) {
                    checkpointer.requireSpace();
                    new DpoLoop(model, config, reference.with(setup.pairs()), run, checkpointer).run();
                    Path trained = checkpointer.saveFinal();
                    out.println("model: " + trained);
                    out.flush();
                    return trained;
                }
            }
        }
    }

    /** Prints what {@link #run} would do, how much memory it takes and about how long; writes nothing. */
    public static void dryRun(DpoConfig config, PrintWriter out) {
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            DryRun.of(config, () -> DpoSetup.read(config, checkpoint, tokenizer, out), out);
        }
    }

    private static ReferenceLogProbs reference(DpoConfig config, String fingerprint, Qwen2Model model, List<PairSequences> pairs) {
        Path beside = config.output().toAbsolutePath().getParent();
        return ReferenceLogProbs.cached(beside, fingerprint, () ->
                ReferenceLogProbs.compute(model, pairs, config.microBatchSize(), config.microBatchTokens()));
    }
}
