package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ConfigLoader;
import thinkj.config.DpoConfig;
import thinkj.data.PairSequences;
import thinkj.io.AtomicFile;
import thinkj.io.Fingerprint;
import thinkj.io.Folders;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;
import thinkj.tokenizer.Tokenizer;

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
        requireContext(config, checkpoint.config().maxPositionEmbeddings());
        try (HfTokenizer tokenizer = HfTokenizer.open(config.model())) {
            List<PairSequences> pairs = DpoData.read(config, tokenizer, out);
            int steps = DpoLoop.steps(config, pairs.size());
            Engine engine = Engines.of(config.kernels(), config.precision());
            out.print(plan(config, pairs, steps));
            out.printf(Engines.ROW, "engine", engine.description());
            out.flush();
            TrainingMemory.Saving saving = memory(config, checkpoint.config(), engine.precision(), pairs)
                    .within(config.activationCheckpointing(), "activation_checkpointing", "micro_batch_size or micro_batch_tokens");
            out.print(saving.lines(Engines.ROW));
            out.flush();
            try (Qwen2Model model = new Qwen2Model(checkpoint.config(), checkpoint.load(), engine);
                    RunDirectory run = RunDirectory.create(config.output(), options);
                    TrainedAnswers answers = new TrainedAnswers(
                            run.sampleFile("completions.jsonl"), model, tokenizer, checkpoint.generationConfig(),
                            shown(config, pairs).stream().map(PairSequences::chosen).toList(), config.cutoffLen())) {
                model.saveMemory(saving.how());
                run.requireSpace(config.checkpoints().mostAtOnce(steps) * ModelSaver.bytes(checkpoint, config.checkpoints().dtype()));
                ConfigLoader.write(config, run.configFile());
                AtomicFile.writeText(run.sampleFile("trained-on.txt"), samples(shown(config, pairs), tokenizer));
                run.began("dpo", steps, engine.description());
                ReferenceLogProbs reference = reference(config, model, pairs);
                Consumer<Path> saver = new ModelSaver(model, checkpoint, config.checkpoints().dtype()).andThen(answers);
                new DpoLoop(model, config, reference.with(pairs), run, saver).run();
                Path trained = run.saveFinal(saver);
                out.println("model: " + trained);
                out.flush();
                return trained;
            }
        }
    }

    private static ReferenceLogProbs reference(DpoConfig config, Qwen2Model model, List<PairSequences> pairs) {
        Fingerprint fingerprint = new Fingerprint().checkpoint(config.model());
        pairs.stream()
                .flatMap(pair -> Stream.of(pair.chosen(), pair.rejected()))
                .forEach(sequence -> fingerprint.add(sequence.ids()).add(sequence.labels()));
        Path beside = config.output().toAbsolutePath().getParent();
        return ReferenceLogProbs.cached(beside, fingerprint.hex(), () ->
                ReferenceLogProbs.compute(model, pairs, config.microBatchSize(), config.microBatchTokens()));
    }

    private static void requireContext(DpoConfig config, int context) {
        if (config.cutoffLen() > context) {
            throw new UserError("cutoff_len: " + config.cutoffLen() + ", must be at most " + context + ", the context of the model in "
                    + config.model() + " (max_position_embeddings)");
        }
    }

    private static TrainingMemory memory(DpoConfig config, Qwen2Config model, Precision precision, List<PairSequences> pairs) {
        int step = Math.min(config.batchSize(), pairs.size());
        int lanes = MicroBatchLanes.of(model, MicroBatches.most(step, config.microBatchSize(), config.microBatchTokens()));
        return TrainingMemory.of(model, precision, tokensAtOnce(config, pairs), lanes);
    }

    /** Most tokens in one pass through the model: those of whole pairs. */
    private static long tokensAtOnce(DpoConfig config, List<PairSequences> pairs) {
        int longest = pairs.stream().mapToInt(pair -> pair.chosen().length() + pair.rejected().length()).max().orElse(0);
        return MicroBatches.mostTokens(Math.min(config.microBatchSize(), Math.min(config.batchSize(), pairs.size())), longest, config.microBatchTokens());
    }

    /** The numbers that follow from settings and data. */
    private static String plan(DpoConfig config, List<PairSequences> pairs, int steps) {
        long tokens = pairs.stream().mapToLong(pair -> pair.chosen().length() + pair.rejected().length()).sum();
        return String.format("""
                tokens         %,d in %,d pairs
                a step         %,d pairs, at most %,d computed at once
                steps          %,d an epoch, %,d in all
                """,
                tokens, pairs.size(),
                Math.min(config.batchSize(), pairs.size()), config.microBatchSize(),
                DpoLoop.windows(config, pairs.size()).stepsPerEpoch(), steps);
    }

    private static List<PairSequences> shown(DpoConfig config, List<PairSequences> pairs) {
        return pairs.subList(0, Math.min(config.samplesShown(), pairs.size()));
    }

    private static String samples(List<PairSequences> shown, Tokenizer tokenizer) {
        return shown.stream()
                .map(pair -> "── chosen: " + pair.chosen().length() + " tokens, between ⟦ and ⟧ the answer\n"
                        + MaskedText.show(pair.chosen(), tokenizer)
                        + "\n── rejected: " + pair.rejected().length() + " tokens\n"
                        + MaskedText.show(pair.rejected(), tokenizer))
                .collect(Collectors.joining("\n"));
    }
}
