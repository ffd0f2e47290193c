package thinkj.train;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.DpoConfig;
import thinkj.data.Located;
import thinkj.data.PairSequences;
import thinkj.data.TrainingSequence;
import thinkj.device.Machine;
import thinkj.io.Fingerprint;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.model.MemoryNeeds;
import thinkj.model.Qwen2Model;
import thinkj.runtime.Rematerialisation;
import thinkj.tokenizer.HfTokenizer;

/**
 * What a preference run starts from.
 *
 * @param pairs learnt from
 * @param followed prompts whose answers are shown
 * @param examples the plan
 * @param engine becomes the property of the model that is made of it
 */
record DpoSetup(
        DpoConfig config,
        HfCheckpoint checkpoint,
        HfTokenizer tokenizer,
        Located<PairSequences> pairs,
        FollowedPrompts followed,
        ExamplePlan examples,
        Engine engine) implements Setup {

    /**
     * Reads and checks.
     *
     * @param tokenizer stays the caller's
     * @param out gets what became of the files' rows
     */
    static DpoSetup read(DpoConfig config, HfCheckpoint checkpoint, HfTokenizer tokenizer, PrintWriter out) {
        int context = checkpoint.config().maxPositionEmbeddings();
        if (config.cutoffLen() > context) {
            throw new UserError("cutoff_len: " + config.cutoffLen() + ", must be at most " + context + ", the context of the model in "
                    + config.model() + " (max_position_embeddings)");
        }
        Located<PairSequences> pairs = DpoData.read(config, tokenizer, out);
        Engine engine = Engines.of(config.kernels(), config.precision());
        FollowedPrompts followed = FollowedPrompts.read(config.followedPrompts(), config.model(), checkpoint, tokenizer,
                new FollowedPrompts.Standard("data", pairs.examples().stream().map(pair -> Followed.of(pair.chosen(), tokenizer)).toList()));
        return new DpoSetup(config, checkpoint, tokenizer, pairs, followed, ExamplePlan.of(config, pairs.examples()), engine);
    }

    @Override
    public String plan() {
        return examples.table() + new PlanText().row("engine", "%s", engine.description());
    }

    @Override
    public Lengths lengths() {
        return examples.lengths();
    }

    @Override
    public String example() {
        return shown(pairs.examples().get(0));
    }

    /** A pair as it is learnt from. */
    private String shown(PairSequences pair) {
        return "── chosen: " + pair.chosen().length() + " tokens" + answer(pair.chosen()) + "\n"
                + MaskedText.show(pair.chosen(), tokenizer)
                + "\n── rejected: " + pair.rejected().length() + " tokens" + answer(pair.rejected()) + "\n"
                + MaskedText.show(pair.rejected(), tokenizer);
    }

    private static String answer(TrainingSequence sequence) {
        return ", " + sequence.labelled() + " of them the answer, between ⟦ and ⟧";
    }

    /** Those that are written down beside the run. */
    List<PairSequences> samples() {
        return pairs.examples().subList(0, Math.min(config.samplesShown(), pairs.size()));
    }

    String samplesText() {
        return String.join("\n", samples().stream().map(this::shown).toList());
    }

    /** Of all that a run's result depends on beside its config, and that the reference's numbers do. */
    String fingerprint() {
        Fingerprint fingerprint = new Fingerprint().checkpoint(config.model());
        // What stays as it is may be held in a type of its own, and lie in a folder of its own.
        config.lora().ifPresent(lora -> fingerprint.checkpoint(checkpoint.baseFolder()).add(lora.base().name()));
        pairs.examples().stream()
                .flatMap(pair -> Stream.of(pair.chosen(), pair.rejected()))
                .forEach(sequence -> fingerprint.add(sequence.ids()).add(sequence.labels()));
        return fingerprint.hex();
    }

    @Override
    public TrainingMemory.Saving saving() {
        long limit = Machine.offHeapLimit();
        TrainingMemory run = followed.beside(memory(config), needs(), limit, config.activationCheckpointing());
        return run.within(limit, config.activationCheckpointing(), "activation_checkpointing", () -> Fitting.advice(
                config, examples.knobs(config.precision(), config.lora(), config.cutoffLen()), other -> fits(other, limit)));
    }

    private MemoryNeeds needs() {
        return TrainedModel.needs(new MemoryNeeds(checkpoint.config(), engine.precision(), Rematerialisation.OFF), config.lora());
    }

    @Override
    public String followed(TrainingMemory.Saving saving) {
        return followed.plan(saving, needs());
    }

    private boolean fits(DpoConfig other, long limit) {
        Engines.of(other.kernels(), other.precision()).close();
        return memory(other).fits(limit, other.activationCheckpointing());
    }

    private TrainingMemory memory(DpoConfig config) {
        return ExamplePlan.of(config, pairs.examples()).memory(checkpoint.config(), Engines.precision(config.precision()), config.lora());
    }

    /** The model to be trained; the caller closes it. */
    Qwen2Model model(TrainingMemory.Saving saving) {
        Qwen2Model model = TrainedModel.load(checkpoint, config.lora(), config.seed(), engine);
        model.saveMemory(saving.how());
        return model;
    }

    @Override
    public Rehearsal rehearse(TrainingMemory.Saving saving) {
        try (Qwen2Model model = model(saving);
                PreferenceGradient gradient = DpoLoop.gradient(model, config);
                Updater updater = new Updater(
                        model.trainable(), config.optimizer(), examples.totalSteps(), model::weightWritten, model::weightsChanged)) {
            // What the start model makes of pairs changes numbers and no time.
            List<PreferenceGradient.Pair> unasked = ReferenceLogProbs.unasked(pairs.size()).with(pairs);
            return Rehearsal.of(examples.rehearse(checkpoint.config(), updater, window ->
                            gradient.accumulate(Arrays.stream(window).mapToObj(unasked::get).toList(), 1, updater.gradients()))
                    .forward("reference", examples.lengths().total()));
        }
    }
}
