package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.DpoConfig;
import thinkj.data.Located;
import thinkj.data.PairSequences;
import thinkj.io.AtomicFile;
import thinkj.io.Folders;
import thinkj.io.LineLog;
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
            MemoryPlan memory = Setup.announce(setup, out);
            try (Qwen2Model model = setup.model(memory.saving());
                    RunDirectory run = RunDirectory.open(start, new RunDirectory.Contents("checkpoint-", setup.fingerprint()))) {
                out.print(new PlanText().row("run", "%s", run.beginning()));
                out.flush();
                AtomicFile.writeText(run.sampleFile("trained-on.txt"), setup.samplesText());
                run.began(RunTask.of("dpo", setup.examples().totalSteps(), setup.engine(), model));
                Path trained = run.train(() -> train(setup, model, run, setup.followed().within(memory.saving())));
                out.print(memory.measured("memory"));
                out.println("model: " + trained);
                out.flush();
                return trained;
            }
        }
    }

    /** Takes the steps of a run that is set up, and saves its model. */
    static Path train(DpoSetup setup, Qwen2Model model, RunDirectory run, FollowedPrompts followed) {
        DpoConfig config = setup.config();
        ExamplePlan plan = setup.examples();
        ReferenceLogProbs reference = reference(config, run.data(), model, setup.pairs());
        SavedModel saver = new ModelSaver(model, setup.checkpoint(), config.checkpoints().dtype());
        try (LineLog completions = LineLog.open(run.completions());
                Checkpointer checkpointer = new Checkpointer(run, new Checkpointer.Parts(
                        config.checkpoints(), model, saver,
                        FollowedAnswers.of(completions, followed, model, setup.checkpoint(), setup.tokenizer(), plan.totalSteps()),
                        plan.stepsPerEpoch(), plan.totalSteps()))) {
            checkpointer.requireSpace();
            new DpoLoop(model, config, reference.with(setup.pairs()), run, checkpointer).run();
            return checkpointer.saveFinal();
        }
    }

    /** Prints what {@link #run} would do, how much memory it takes and about how long; writes nothing. */
    public static void dryRun(DpoConfig config, PrintWriter out) {
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            DryRun.of(config, () -> DpoSetup.read(config, checkpoint, tokenizer, out), out);
        }
    }

    private static ReferenceLogProbs reference(DpoConfig config, String fingerprint, Qwen2Model model, Located<PairSequences> pairs) {
        Path beside = config.output().toAbsolutePath().getParent();
        return NotFinite.inStep(0, () -> ReferenceLogProbs.cached(beside, fingerprint, () ->
                ReferenceLogProbs.compute(model, pairs, config.microBatchSize(), config.microBatchTokens())));
    }
}
