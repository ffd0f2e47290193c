package thinkj.train;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.SftConfig;
import thinkj.data.TrainingSequence;
import thinkj.device.Machine;
import thinkj.io.Fingerprint;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;

/**
 * What a supervised run starts from.
 *
 * @param data learnt from
 * @param heldOut examples that the loss is measured on; may be empty
 * @param examples the plan
 * @param engine becomes the property of the model that is made of it
 */
record SftSetup(
        SftConfig config,
        HfCheckpoint checkpoint,
        HfTokenizer tokenizer,
        List<TrainingSequence> data,
        List<TrainingSequence> heldOut,
        ExamplePlan examples,
        Engine engine) implements Setup {

    /**
     * Reads and checks.
     *
     * @param tokenizer stays the caller's
     * @param out gets what became of the files' rows
     */
    static SftSetup read(SftConfig config, HfCheckpoint checkpoint, HfTokenizer tokenizer, PrintWriter out) {
        int context = checkpoint.config().maxPositionEmbeddings();
        if (config.cutoffLen() > context) {
            throw new UserError("cutoff_len: " + config.cutoffLen() + ", must be at most " + context + ", the context of the model in "
                    + config.model() + " (max_position_embeddings)");
        }
        SftData reader = new SftData(config, tokenizer, out);
        List<TrainingSequence> data = reader.read(config.data());
        List<TrainingSequence> heldOut = config.evalData().map(file -> reader.read(List.of(file))).orElse(List.of());
        ExamplePlan plan = ExamplePlan.of(config, data);
        return new SftSetup(config, checkpoint, tokenizer, data, heldOut, plan, Engines.of(config.kernels(), config.precision()));
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
        return shown(data.get(0));
    }

    /** A sequence as it is learnt from. */
    private String shown(TrainingSequence sequence) {
        return "── " + sequence.length() + " tokens; the " + sequence.labelled() + " between ⟦ and ⟧ are learnt\n"
                + MaskedText.show(sequence, tokenizer);
    }

    /** Those that are written down beside the run. */
    List<TrainingSequence> samples() {
        return data.subList(0, Math.min(config.samplesShown(), data.size()));
    }

    /** Those of them that saved models answer. */
    List<TrainingSequence> answered(TrainingMemory.Saving saving) {
        return answers().answered(saving);
    }

    private AnswersMemory answers() {
        return new AnswersMemory(
                checkpoint.config(), engine.precision(), config.lora(), config.checkpoints(), samples(), config.cutoffLen());
    }

    String samplesText() {
        return String.join("\n", samples().stream().map(this::shown).toList());
    }

    /** Of all that a run's result depends on beside its config. */
    String fingerprint() {
        Fingerprint fingerprint = new Fingerprint().checkpoint(config.model());
        // What stays as it is may be held in a type of its own, and lie in a folder of its own.
        config.lora().ifPresent(lora -> fingerprint.checkpoint(checkpoint.baseFolder()).add(lora.base().name()));
        Stream.concat(data.stream(), heldOut.stream()).forEach(sequence -> fingerprint.add(sequence.ids()).add(sequence.labels()));
        return fingerprint.hex();
    }

    @Override
    public TrainingMemory.Saving saving() {
        long limit = Machine.offHeapLimit();
        TrainingMemory.Saving training = memory(config).within(limit, config.activationCheckpointing(), "activation_checkpointing", () -> Fitting.advice(
                config, examples.knobs(config.precision(), config.lora(), config.cutoffLen()), other -> fits(other, limit)));
        return answers().beside(training);
    }

    private boolean fits(SftConfig other, long limit) {
        Engines.of(other.kernels(), other.precision()).close();
        return memory(other).fits(limit, other.activationCheckpointing());
    }

    private TrainingMemory memory(SftConfig config) {
        return ExamplePlan.of(config, data).memory(checkpoint.config(), Engines.precision(config.precision()), config.lora());
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
                SftGradient gradient = new SftGradient(model, data, config.microBatchSize(), config.microBatchTokens());
                Updater updater = new Updater(
                        model.trainable(), config.optimizer(), examples.totalSteps(), model::weightWritten, model::weightsChanged)) {
            int last = examples.totalSteps() % config.evalSteps() == 0 ? 0 : 1;
            double evaluations = heldOut.isEmpty() ? 0 : examples.totalSteps() / config.evalSteps() + last;
            return Rehearsal.of(examples.rehearse(checkpoint.config(), updater, window -> gradient.accumulate(window, 1, updater.gradients()))
                    .forward("eval_data", evaluations * heldOut.stream().mapToLong(TrainingSequence::length).sum()));
        }
    }
}
