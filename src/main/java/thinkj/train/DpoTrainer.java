package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.DpoConfig;
import thinkj.data.PairSequences;
import thinkj.io.AtomicFile;
import thinkj.io.Fingerprint;
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
        RunDirectory.requireNew(config.output());
        Folders.requirePossible(config.output());
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            DpoSetup setup = DpoSetup.read(config, checkpoint, tokenizer, out);
            TrainingMemory.Saving saving = Setup.announce(setup, out);
            int steps = setup.examples().totalSteps();
            try (Qwen2Model model = setup.model(saving);
                    RunDirectory run = RunDirectory.create(config.output(), options);
                    TrainedAnswers answers = new TrainedAnswers(
                            run.sampleFile("completions.jsonl"), model, tokenizer, checkpoint.generationConfig(),
                            setup.samples().stream().map(PairSequences::chosen).toList(), config.cutoffLen())) {
                run.requireSpace(config.checkpoints().mostAtOnce(steps) * ModelSaver.bytes(checkpoint, config.lora(), config.checkpoints().dtype()));
                ConfigLoader.write(config, run.configFile());
                AtomicFile.writeText(run.sampleFile("trained-on.txt"), setup.samplesText());
                run.began("dpo", steps, setup.engine().description());
                ReferenceLogProbs reference = reference(config, checkpoint, model, setup.pairs());
                Consumer<Path> saver = new ModelSaver(model, checkpoint, config.checkpoints().dtype()).andThen(answers);
                new DpoLoop(model, config, reference.with(setup.pairs()), run, saver).run();
                Path trained = run.saveFinal(saver);
                out.println("model: " + trained);
                out.flush();
                return trained;
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

    private static ReferenceLogProbs reference(DpoConfig config, HfCheckpoint checkpoint, Qwen2Model model, List<PairSequences> pairs) {
        Fingerprint fingerprint = new Fingerprint().checkpoint(config.model());
        // What stays as it is may be held in a type of its own, and lie in a folder of its own.
        config.lora().ifPresent(lora -> fingerprint.checkpoint(checkpoint.baseFolder()).add(lora.base().name()));
        pairs.stream()
                .flatMap(pair -> Stream.of(pair.chosen(), pair.rejected()))
                .forEach(sequence -> fingerprint.add(sequence.ids()).add(sequence.labels()));
        Path beside = config.output().toAbsolutePath().getParent();
        return ReferenceLogProbs.cached(beside, fingerprint.hex(), () ->
                ReferenceLogProbs.compute(model, pairs, config.microBatchSize(), config.microBatchTokens()));
    }
}
