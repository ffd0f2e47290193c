package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.GrpoConfig;
import thinkj.io.Folders;
import thinkj.judge.Rewards;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;

/**
 * Reinforcement with verifiable rewards: the judge answers prompts, a reward pays, and answers better than the others of their prompt
 * become likelier. The steps themselves are {@link GrpoLoop}'s; here everything that can go wrong is tried before the first of them.
 *
 * <p>A loss near 0 is no fault: with one update a step the ratio is 1 when its gradient is taken, and advantages of a group add up to
 * nothing. What tells whether a run learns is the score, the share of groups without signal (all answers paid alike) and the KL.
 *
 * <p>Every step samples new answers, so the start model's log-probabilities cannot be computed beforehand as in preference training:
 * where there is a KL term its weights are held beside the policy's, a second fp32 copy. With {@code kl_coefficient: 0} there is none, nor
 * where an adapter is trained: the start model is then the policy with the adapter that it started from.
 */
public final class GrpoTrainer {
    private GrpoTrainer() {}

    /** A whole run that nobody listens to. */
    public static Path run(GrpoConfig config, PrintWriter out) {
        return run(config, RunOptions.STANDARD, out);
    }

    /**
     * A whole run.
     *
     * @param out gets the plan before the run starts and the model's place when it is done
     * @return the folder of the trained model
     */
    public static Path run(GrpoConfig config, RunOptions options, PrintWriter out) {
        RunStart start = RunStart.of(config.output(), config, options);
        Folders.requirePossible(config.output());
        Rewards.byName(config.reward().name());
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            GrpoSetup setup = GrpoSetup.read(config, checkpoint, tokenizer, out);
            return train(setup, start, Setup.announce(setup, out), out);
        }
    }

    /** Prints what {@link #run} would do, how much memory it takes and about how long; writes nothing. */
    public static void dryRun(GrpoConfig config, PrintWriter out) {
        Rewards.byName(config.reward().name());
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            DryRun.of(config, () -> GrpoSetup.read(config, checkpoint, tokenizer, out), out);
        }
    }

    private static Path train(GrpoSetup setup, RunStart start, MemoryPlan memory, PrintWriter out) {
        try (Qwen2Model policy = setup.policy(memory.saving());
                Qwen2Model sampler = setup.sampling().map(policy::withEngine).orElse(null);
                Qwen2Model reference = setup.reference(policy).orElse(null);
                RunDirectory run = RunDirectory.open(start, new RunDirectory.Contents("global_step_", setup.fingerprint()))) {
            out.print(new PlanText().row("run", "%s", run.beginning()));
            out.flush();
            run.began(RunTask.of("grpo", setup.steps(), setup.engine(), policy));
            Path model = run.train(() ->
                    train(setup, memory.saving(), policy, sampler == null ? policy : sampler, Optional.ofNullable(reference), run));
            out.print(memory.measured("memory"));
            out.println("model: " + model);
            out.flush();
            return model;
        }
    }

    /** Takes the steps of a run that is set up, and saves its model. */
    static Path train(
            GrpoSetup setup, TrainingMemory.Saving saving, Qwen2Model policy, Qwen2Model sampler, Optional<Qwen2Model> reference, RunDirectory run) {
        GrpoConfig config = setup.config();
        HfCheckpoint checkpoint = setup.checkpoint();
        SavedModel saver = new ModelSaver(policy, checkpoint, config.checkpoints().dtype());
        Rollouts rollouts = new Rollouts(
                sampler, setup.tokenizer(), config.rollout(), GrpoMemory.cache(saving), checkpoint.generationConfig(), config.seed());
        int stepsPerEpoch = GrpoLoop.windows(config, setup.prompts().size()).stepsPerEpoch();
        try (Checkpointer checkpointer = new Checkpointer(
                run, new Checkpointer.Parts(config.checkpoints(), policy, saver, to -> {}, stepsPerEpoch, setup.steps()))) {
            checkpointer.requireSpace();
            GrpoLoop.Parts parts =
                    new GrpoLoop.Parts(policy, reference, rollouts, setup.prompts(), setup.validation(), setup.followed(), run, checkpointer);
            try (GrpoLoop loop = new GrpoLoop(config, parts)) {
                loop.run();
            }
            return checkpointer.saveFinal();
        }
    }
}
