package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ConfigLoader;
import thinkj.config.GrpoConfig;
import thinkj.data.Examples;
import thinkj.data.GrpoRow;
import thinkj.io.Folders;
import thinkj.io.UserError;
import thinkj.judge.Rewards;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.model.Qwen2Model;
import thinkj.runtime.Rematerialisation;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;

/**
 * Reinforcement with verifiable rewards: the judge answers prompts, a reward pays, and answers better than the others of their prompt
 * become likelier. The steps themselves are {@link GrpoLoop}'s; here everything that can go wrong is tried before the first of them.
 *
 * <p>A loss near 0 is no fault: with one update a step the ratio is 1 when its gradient is taken, and advantages of a group add up to
 * nothing. What tells whether a run learns is the score, the share of groups without signal (all answers paid alike) and the KL.
 *
 * <p>Every step samples new answers, so the start model's log-probabilities cannot be computed beforehand as in preference training:
 * where there is a KL term its weights are held beside the policy's, a second fp32 copy. With {@code kl_coefficient: 0} there is none.
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
        RunDirectory.requireNew(config.output());
        Folders.requirePossible(config.output());
        Rewards.byName(config.reward().name());
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        requireContext(config, checkpoint.config());
        try (HfTokenizer tokenizer = HfTokenizer.open(config.model())) {
            ChatTemplate template = ChatTemplate.open(config.model(), tokenizer);
            List<GrpoPrompt> prompts = prompts("data", config.data(), config, template, tokenizer, out);
            requireBatch(config, prompts.size());
            List<GrpoPrompt> validation = config.validation()
                    .data()
                    .map(file -> prompts("validation.data", List.of(file), config, template, tokenizer, out))
                    .orElse(List.of());
            int steps = GrpoLoop.steps(config, prompts.size());
            Engine engine = Engines.of(config.kernels(), config.precision());
            out.print(plan(config, prompts.size(), steps));
            out.printf(Engines.ROW, "engine", engine.description());
            Optional<Engine> sampling = Engines.sampling(config);
            sampling.ifPresent(other -> out.printf(Engines.ROW, "sampling", other.description()));
            out.flush();
            TrainingMemory.Saving saving = memory(config, checkpoint.config())
                    .within(config.activationCheckpointing(), "activation_checkpointing",
                            "rollout.max_rows, rollout.cache_memory_mb, batch.micro_batch_size or batch.micro_batch_tokens");
            out.print(saving.lines(Engines.ROW));
            out.flush();
            return train(config, options, checkpoint, engine, sampling, saving.how(), tokenizer, prompts, validation, steps, out);
        }
    }

    private static Path train(
            GrpoConfig config,
            RunOptions options,
            HfCheckpoint checkpoint,
            Engine engine,
            Optional<Engine> sampling,
            Rematerialisation saving,
            HfTokenizer tokenizer,
            List<GrpoPrompt> prompts,
            List<GrpoPrompt> validation,
            int steps,
            PrintWriter out) {
        try (Qwen2Model policy = new Qwen2Model(checkpoint.config(), checkpoint.load(), engine);
                Qwen2Model sampler = sampling.map(policy::withEngine).orElse(null);
                Qwen2Model reference = config.loss().klCoefficient() > 0 ? reference(config, checkpoint) : null;
                RunDirectory run = RunDirectory.create(config.output(), options)) {
            policy.saveMemory(saving);
            run.requireSpace(config.checkpoints().mostAtOnce(steps) * ModelSaver.bytes(checkpoint, config.checkpoints().dtype()));
            ConfigLoader.write(config, run.configFile());
            run.began("grpo", steps, engine.description());
            ModelSaver saver = new ModelSaver(policy, checkpoint, config.checkpoints().dtype());
            Rollouts rollouts = new Rollouts(sampler == null ? policy : sampler, tokenizer, config.rollout(), checkpoint.generationConfig(), config.seed());
            GrpoLoop.Parts parts =
                    new GrpoLoop.Parts(policy, Optional.ofNullable(reference), rollouts, prompts, validation, run, saver);
            try (GrpoLoop loop = new GrpoLoop(config, parts)) {
                loop.run();
            }
            Path model = run.saveFinal(saver);
            out.println("model: " + model);
            out.flush();
            return model;
        }
    }

    private static Qwen2Model reference(GrpoConfig config, HfCheckpoint checkpoint) {
        return new Qwen2Model(checkpoint.config(), checkpoint.load(), Engines.of(config.kernels(), config.precision()));
    }

    private static List<GrpoPrompt> prompts(
            String field, List<Path> files, GrpoConfig config, ChatTemplate template, HfTokenizer tokenizer, PrintWriter out) {
        List<GrpoRow> rows = new ArrayList<>();
        files.forEach(file -> rows.addAll(Examples.grpo(file.toString())));
        int most = config.rollout().maxPromptLength();
        GrpoPrompt.Selected selected = GrpoPrompt.select(rows, template, tokenizer, most);
        out.printf("%-14s %,d prompts, %,d more dropped as longer than %,d tokens%n", field, selected.prompts().size(), selected.tooLong(), most);
        if (selected.prompts().isEmpty()) {
            throw new UserError(field + ": no prompt is left: all " + rows.size() + " are longer than rollout.max_prompt_length, which is "
                    + most + "; raise it");
        }
        return selected.prompts();
    }

    private static void requireContext(GrpoConfig config, Qwen2Config model) {
        int most = config.rollout().maxPromptLength() + config.rollout().maxResponseLength();
        if (most > model.maxPositionEmbeddings()) {
            throw new UserError("rollout: max_prompt_length + max_response_length is " + most + ", must be at most "
                    + model.maxPositionEmbeddings() + ", the context of the model in " + config.model() + " (max_position_embeddings)");
        }
    }

    private static void requireBatch(GrpoConfig config, int prompts) {
        if (prompts < config.batch().trainBatchSize()) {
            throw new UserError("batch.train_batch_size: " + config.batch().trainBatchSize() + ", must be at most the number of prompts, which is "
                    + prompts);
        }
    }

    /** Sampling and training take turns, but their memory is held throughout. */
    static TrainingMemory memory(GrpoConfig config, Qwen2Config model) {
        Precision precision = Engines.precision(config.precision());
        int longest = config.rollout().maxPromptLength() + config.rollout().maxResponseLength();
        int learnt = Math.min(config.batch().microBatchSize(), config.batch().miniBatchSize() * config.batch().n());
        int microBatches = MicroBatches.most(
                config.batch().miniBatchSize() * config.batch().n(), config.batch().microBatchSize(), config.batch().microBatchTokens());
        long underWay = Math.min(config.rollout().maxRows(), config.batch().sequences());
        long tokens = MicroBatches.mostTokens(learnt, longest, config.batch().microBatchTokens());
        MemoryNeeds needs = new MemoryNeeds(model, precision, Rematerialisation.OFF);
        MemoryNeeds sampling = new MemoryNeeds(model, Engines.samplingPrecision(config), Rematerialisation.OFF);
        long cache = Math.min(underWay * longest * sampling.cachePerToken(), config.rollout().cacheBytes().orElse(Long.MAX_VALUE));
        TrainingMemory memory = TrainingMemory.of(model, precision, tokens, MicroBatchLanes.of(model, microBatches))
                .and("KV cache of the answers under way", cache)
                .and("weights for sampling", sampling.samplingWeights());
        long copies = precision == Precision.BF16 ? needs.weights() / 2 : 0;
        if (copies > 0) {
            memory = memory.and("bf16 weights, packed for scoring", copies);
        }
        return config.loss().klCoefficient() > 0 ? memory.and("weights of the start model", needs.weights() + copies) : memory;
    }

    /** The numbers that follow from settings and data. */
    private static String plan(GrpoConfig config, int prompts, int steps) {
        StepWindows windows = GrpoLoop.windows(config, prompts);
        int left = prompts - windows.stepsPerEpoch() * config.batch().trainBatchSize();
        return config.batch().table() + String.format(
                "%-14s %,d an epoch (%,d prompts left out of each), %,d in all = %,d optimiser steps%n",
                "steps", windows.stepsPerEpoch(), left, steps, steps * config.batch().optimizerSteps());
    }
}
