package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.GrpoConfig;
import thinkj.data.Examples;
import thinkj.data.GrpoRow;
import thinkj.data.Located;
import thinkj.device.Machine;
import thinkj.io.Fingerprint;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;

/**
 * What a reinforcement run starts from.
 *
 * @param prompts answered and learnt from
 * @param validation answered greedily; may be empty
 * @param followed prompts whose answers are shown
 * @param engine what is trained with; becomes the property of the model that is made of it
 * @param sampling what answers are sampled with, where that is another
 */
record GrpoSetup(
        GrpoConfig config,
        HfCheckpoint checkpoint,
        HfTokenizer tokenizer,
        List<GrpoPrompt> prompts,
        List<GrpoPrompt> validation,
        FollowedPrompts followed,
        Engine engine,
        Optional<Engine> sampling) implements Setup {

    /**
     * Reads and checks.
     *
     * @param tokenizer stays the caller's
     * @param out gets what became of the files' rows
     */
    static GrpoSetup read(GrpoConfig config, HfCheckpoint checkpoint, HfTokenizer tokenizer, PrintWriter out) {
        requireContext(config, checkpoint.config().maxPositionEmbeddings());
        ChatTemplate template = ChatTemplate.open(HfCheckpoint.tokenizerFolder(config.model()), tokenizer);
        List<GrpoPrompt> prompts = prompts("data", config.data(), config, template, tokenizer, out);
        if (prompts.size() < config.batch().trainBatchSize()) {
            throw new UserError("batch.train_batch_size: " + config.batch().trainBatchSize() + ", must be at most the number of prompts, which is "
                    + prompts.size());
        }
        List<GrpoPrompt> validation = config.validation().data().isEmpty()
                ? List.of()
                : prompts("validation.data", config.validation().data(), config, template, tokenizer, out);
        List<Followed> standard = (validation.isEmpty() ? prompts : validation).stream().map(Followed::of).toList();
        FollowedPrompts followed = FollowedPrompts.read(config.followedPrompts(), config.model(), checkpoint, tokenizer,
                new FollowedPrompts.Standard(validation.isEmpty() ? "data" : "validation.data", standard));
        Engine engine = Engines.of(config.kernels(), config.precision());
        return new GrpoSetup(config, checkpoint, tokenizer, prompts, validation, followed, engine, Engines.sampling(config));
    }

    private static void requireContext(GrpoConfig config, int context) {
        int most = config.rollout().maxPromptLength() + config.rollout().maxResponseLength();
        if (most > context) {
            throw new UserError("rollout: max_prompt_length + max_response_length is " + most + ", must be at most " + context
                    + ", the context of the model in " + config.model() + " (max_position_embeddings)");
        }
    }

    private static List<GrpoPrompt> prompts(
            String field, List<Path> files, GrpoConfig config, ChatTemplate template, HfTokenizer tokenizer, PrintWriter out) {
        Located<GrpoRow> rows = Examples.grpo(files);
        int most = config.rollout().maxPromptLength();
        GrpoPrompt.Selected selected = GrpoPrompt.select(rows, template, tokenizer, most);
        out.printf("%s: %,d rows, %,d kept, %,d dropped as longer than rollout.max_prompt_length, which is %,d tokens%n",
                String.join(", ", files.stream().map(Path::toString).toList()), rows.size(), selected.prompts().size(), selected.tooLong(), most);
        if (selected.prompts().isEmpty()) {
            throw new UserError(field + ": no prompt is left: all " + rows.size() + " are longer than rollout.max_prompt_length, which is "
                    + most + "; raise it");
        }
        return selected.prompts();
    }

    /** Steps of the whole run. */
    int steps() {
        return GrpoLoop.steps(config, prompts.size());
    }

    @Override
    public String plan() {
        var batch = config.batch();
        int update = batch.miniBatchSize() * batch.n();
        StepWindows windows = GrpoLoop.windows(config, prompts.size());
        PlanText text = new PlanText()
                .row("a step", "%,d prompts x %,d answers = %,d sequences%s", batch.trainBatchSize(), batch.n(), batch.sequences(),
                        batch.replacesGroups() ? " (groups without signal are replaced, at most " + batch.mostPrompts() + " prompts are asked)" : "")
                .row("an update", "%,d prompts x %,d answers = %,d sequences = %,d micro-batches of %,d%s",
                        batch.miniBatchSize(), batch.n(), update, update / batch.microBatchSize(), batch.microBatchSize(),
                        batch.microBatchTokens().map(tokens -> " (more where they would hold over " + tokens + " tokens)").orElse(""))
                .row("updates", "%,d prompts / %,d x %,d epochs = %,d optimiser steps a step",
                        batch.trainBatchSize(), batch.miniBatchSize(), batch.ppoEpochs(), batch.optimizerSteps())
                .row("steps", "%,d an epoch (%,d prompts left out of each), %,d in all = %,d optimiser steps",
                        windows.stepsPerEpoch(), prompts.size() - windows.stepsPerEpoch() * batch.trainBatchSize(), steps(),
                        steps() * batch.optimizerSteps())
                .row("prompts", "%s", lengths().summary())
                .row("engine", "%s", engine.description());
        sampling.ifPresent(other -> text.row("sampling", "%s", other.description()));
        return text.toString();
    }

    @Override
    public Lengths lengths() {
        return Lengths.of(prompts.stream().mapToInt(prompt -> prompt.ids().length).toArray());
    }

    @Override
    public String example() {
        GrpoPrompt first = prompts.get(0);
        return "── prompt: " + first.ids().length + " tokens, none of them learnt; learnt are the answers, which the reward "
                + config.reward().name() + " compares with " + first.row().groundTruth() + "\n" + tokenizer.decode(first.ids(), false);
    }

    /** Of all that a run's result depends on beside its config. */
    String fingerprint() {
        Fingerprint fingerprint = new Fingerprint().checkpoint(config.model());
        // What stays as it is may be held in a type of its own, and lie in a folder of its own.
        config.lora().ifPresent(lora -> fingerprint.checkpoint(checkpoint.baseFolder()).add(lora.base().name()));
        Stream.concat(prompts.stream(), validation.stream()).forEach(prompt ->
                fingerprint.add(prompt.ids()).add(prompt.row().dataSource()).add(prompt.row().groundTruth()));
        return fingerprint.hex();
    }

    @Override
    public TrainingMemory.Saving saving() {
        long limit = Machine.offHeapLimit();
        GrpoMemory memory = memory(config);
        return memory.within(limit).within(
                limit, config.activationCheckpointing(), "activation_checkpointing", () -> Fitting.advice(
                        config, memory.knobs(), other -> fits(other, limit)));
    }

    /** A run that samples has room for a few answers more. */
    @Override
    public String followed(TrainingMemory.Saving saving) {
        return followed.plan();
    }

    private boolean fits(GrpoConfig other, long limit) {
        Engines.of(other.kernels(), other.precision()).close();
        Engines.sampling(other).ifPresent(Engine::close);
        return memory(other).within(limit).fits(limit, other.activationCheckpointing());
    }

    private GrpoMemory memory(GrpoConfig config) {
        int longest = Stream.concat(prompts.stream(), validation.stream()).mapToInt(prompt -> prompt.ids().length).max().orElseThrow();
        return new GrpoMemory(config, checkpoint.config(), longest, validation.size());
    }

    /** Most tokens of a micro-batch. */
    long mostTokens() {
        return memory(config).mostTokens();
    }

    /** The model to be trained; the caller closes it. */
    Qwen2Model policy(TrainingMemory.Saving saving) {
        Qwen2Model policy = TrainedModel.load(checkpoint, config.lora(), config.seed(), engine);
        policy.saveMemory(saving.how());
        return policy;
    }

    /**
     * The start model, where there is a KL term; the caller closes it.
     *
     * @param policy as it is before the first step
     */
    Optional<Qwen2Model> reference(Qwen2Model policy) {
        if (config.loss().klCoefficient() == 0) {
            return Optional.empty();
        }
        return Optional.of(config.lora().isPresent()
                ? TrainedModel.reference(checkpoint, policy)
                : new Qwen2Model(checkpoint.config(), checkpoint.load(), Engines.of(config.kernels(), config.precision())));
    }

    @Override
    public Rehearsal rehearse(TrainingMemory.Saving saving) {
        try (Qwen2Model policy = policy(saving);
                Qwen2Model sampler = sampling.map(policy::withEngine).orElse(null);
                Qwen2Model reference = reference(policy).orElse(null);
                GrpoRehearsal rehearsal = new GrpoRehearsal(this, saving, policy, sampler == null ? policy : sampler, reference)) {
            return rehearsal.run();
        }
    }
}
