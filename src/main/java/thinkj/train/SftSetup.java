package thinkj.train;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.SftConfig;
import thinkj.data.Located;
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
 * What a supervised run starts from.
 *
 * @param data learnt from
 * @param heldOut examples that the loss is measured on; may be empty
 * @param followed prompts whose answers are shown
 * @param examples the plan
 * @param engine becomes the property of the model that is made of it
 */
record SftSetup(
        SftConfig config,
        HfCheckpoint checkpoint,
        HfTokenizer tokenizer,
        Located<TrainingSequence> data,
        Located<TrainingSequence> heldOut,
        FollowedPrompts followed,
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
        Located<TrainingSequence> data = reader.read(config.data());
        Located<TrainingSequence> heldOut = config.evalData().map(file -> reader.read(List.of(file))).orElse(Located.none());
        boolean fromData = heldOut.examples().isEmpty();
        List<Followed> standard =
                (fromData ? data : heldOut).examples().stream().map(example -> Followed.of(example, tokenizer)).toList();
        FollowedPrompts followed = FollowedPrompts.read(config.followedPrompts(), config.model(), checkpoint, tokenizer,
                new FollowedPrompts.Standard(fromData ? "data" : "eval_data", standard));
        ExamplePlan plan = ExamplePlan.of(config, data.examples());
        return new SftSetup(config, checkpoint, tokenizer, data, heldOut, followed, plan, Engines.of(config.kernels(), config.precision()));
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
        return shown(data.examples().get(0));
    }

    /** A sequence as it is learnt from. */
    private String shown(TrainingSequence sequence) {
        return "── " + sequence.length() + " tokens, " + sequence.labelled() + " of them learnt, between ⟦ and ⟧\n"
                + MaskedText.show(sequence, tokenizer);
    }

    /** Those that are written down beside the run. */
    List<TrainingSequence> samples() {
        return data.examples().subList(0, Math.min(config.samplesShown(), data.size()));
    }

    String samplesText() {
        return String.join("\n", samples().stream().map(this::shown).toList());
    }

    /** Of all that a run's result depends on beside its config. */
    String fingerprint() {
        Fingerprint fingerprint = new Fingerprint().checkpoint(config.model());
        // What stays as it is may be held in a type of its own, and lie in a folder of its own.
        config.lora().ifPresent(lora -> fingerprint.checkpoint(checkpoint.baseFolder()).add(lora.base().name()));
        Stream.concat(data.examples().stream(), heldOut.examples().stream()).forEach(sequence -> fingerprint.add(sequence.ids()).add(sequence.labels()));
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

    private boolean fits(SftConfig other, long limit) {
        Engines.of(other.kernels(), other.precision()).close();
        return memory(other).fits(limit, other.activationCheckpointing());
    }

    private TrainingMemory memory(SftConfig config) {
        return ExamplePlan.of(config, data.examples()).memory(checkpoint.config(), Engines.precision(config.precision()), config.lora());
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
            double evaluations = heldOut.size() == 0 ? 0 : examples.totalSteps() / config.evalSteps() + last;
            return Rehearsal.of(examples.rehearse(checkpoint.config(), updater, window -> gradient.accumulate(window, 1, updater.gradients()))
                    .forward("eval_data", evaluations * heldOut.examples().stream().mapToLong(TrainingSequence::length).sum()));
        }
    }
}
