package thinkj.train;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.DpoConfig;
import thinkj.data.PairSequences;
import thinkj.data.TrainingSequence;
import thinkj.device.Machine;
import thinkj.io.Fingerprint;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;

/**
 * What a preference run starts from.
 *
 * @param pairs learnt from
 * @param examples the plan
 * @param engine becomes the property of the model that is made of it
 */
record DpoSetup(
        DpoConfig config,
        HfCheckpoint checkpoint,
        HfTokenizer tokenizer,
        List<PairSequences> pairs,
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
        List<PairSequences> pairs = DpoData.read(config, tokenizer, out);
        Engine engine = Engines.of(config.kernels(), config.precision());
        return new DpoSetup(config, checkpoint, tokenizer, pairs, ExamplePlan.of(config, pairs), engine);
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
        return shown(pairs.get(0));
    }

    /** A pair as it is learnt from. */
    private String shown(PairSequences pair) {
        return "── chosen: " + pair.chosen().length() + " tokens, between ⟦ and ⟧ the answer\n"
                + MaskedText.show(pair.chosen(), tokenizer)
                + "\n── rejected: " + pair.rejected().length() + " tokens\n"
                + MaskedText.show(pair.rejected(), tokenizer);
    }

    /** Those that are written down beside the run. */
    List<PairSequences> samples() {
        return pairs.subList(0, Math.min(config.samplesShown(), pairs.size()));
    }

    /** The chosen sequences of those that saved models answer. */
    List<TrainingSequence> answered(TrainingMemory.Saving saving) {
        return answers().answered(saving);
    }

    private AnswersMemory answers() {
        return new AnswersMemory(
                checkpoint.config(), engine.precision(), config.lora(), config.checkpoints(), samples().stream().map(PairSequences::chosen).toList(), config.cutoffLen());
    }

    String samplesText() {
        return String.join("\n", samples().stream().map(this::shown).toList());
    }

    /** Of all that a run's result depends on beside its config, and that the reference's numbers do. */
    String fingerprint() {
        Fingerprint fingerprint = new Fingerprint().checkpoint(config.model());
        // What stays as it is may be held in a type of its own, and lie in a folder of its own.
        config.lora().ifPresent(lora -> fingerprint.checkpoint(checkpoint.baseFolder()).add(lora.base().name()));
        pairs.stream()
                .flatMap(pair -> Stream.of(pair.chosen(), pair.rejected()))
                .forEach(sequence -> fingerprint.add(sequence.ids()).add(sequence.labels()));
        return fingerprint.hex();
    }

    @Override
    public TrainingMemory.Saving saving() {
        long limit = Machine.offHeapLimit();
        TrainingMemory.Saving training = memory(config).within(limit, config.activationCheckpointing(), "activation_checkpointing", () -> Fitting.advice(
                config, examples.knobs(config.precision(), config.lora(), config.cutoffLen()), other -> fits(other, limit)));
        return answers().beside(training);
    }

    private boolean fits(DpoConfig other, long limit) {
        Engines.of(other.kernels(), other.precision()).close();
        return memory(other).fits(limit, other.activationCheckpointing());
    }

    private TrainingMemory memory(DpoConfig config) {
        return ExamplePlan.of(config, pairs).memory(checkpoint.config(), Engines.precision(config.precision()), config.lora());
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
            List<PreferenceGradient.Pair> unasked = pairs.stream().map(pair -> new PreferenceGradient.Pair(pair, 0, 0)).toList();
            return Rehearsal.of(examples.rehearse(checkpoint.config(), updater, window ->
                            gradient.accumulate(Arrays.stream(window).mapToObj(unasked::get).toList(), 1, updater.gradients()))
                    .forward("reference", examples.lengths().total()));
        }
    }
}
