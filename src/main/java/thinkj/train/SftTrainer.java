package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.SftConfig;
import thinkj.data.TrainingSequence;
import thinkj.io.AtomicFile;
import thinkj.io.Folders;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;
import thinkj.tokenizer.Tokenizer;

/**
 * Supervised fine-tuning: imitates the answers of a file of examples. The steps themselves are {@link SftLoop}'s; here everything that
 * can go wrong is tried before the first of them, and what is left at the end is a run folder with the trained model.
 */
public final class SftTrainer {
    private SftTrainer() {}

    /** A whole run that nobody listens to. */
    public static Path run(SftConfig config, PrintWriter out) {
        return run(config, RunOptions.STANDARD, out);
    }

    /**
     * A whole run.
     *
     * @param out gets the plan before the run starts and the model's place when it is done
     * @return the folder of the trained model
     */
    public static Path run(SftConfig config, RunOptions options, PrintWriter out) {
        RunDirectory.requireNew(config.output());
        Folders.requirePossible(config.output());
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        requireContext(config, checkpoint.config().maxPositionEmbeddings());
        try (HfTokenizer tokenizer = HfTokenizer.open(config.model())) {
            SftData reader = new SftData(config, tokenizer, out);
            List<TrainingSequence> data = reader.read(config.data());
            List<TrainingSequence> heldOut = config.evalData().map(file -> reader.read(List.of(file))).orElse(List.of());
            SftPlan plan = SftPlan.of(config, data);
            Engine engine = Engines.of(config.kernels(), config.precision());
            out.print(plan.table(config));
            out.printf(SftPlan.ROW, "engine", engine.description());
            out.flush();
            TrainingMemory.Saving saving = plan.memory(config, checkpoint.config(), engine.precision())
                    .within(config.activationCheckpointing(), "activation_checkpointing", "micro_batch_size or micro_batch_tokens");
            out.print(saving.lines(SftPlan.ROW));
            out.flush();
            try (Qwen2Model model = new Qwen2Model(checkpoint.config(), checkpoint.load(), engine);
                    RunDirectory run = RunDirectory.create(config.output(), options);
                    TrainedAnswers answers = new TrainedAnswers(
                            run.sampleFile("completions.jsonl"), model, tokenizer, checkpoint.generationConfig(), shown(config, data),
                            config.cutoffLen())) {
                model.saveMemory(saving.how());
                run.requireSpace(config.checkpoints().mostAtOnce(plan.totalSteps())
                        * ModelSaver.bytes(checkpoint, config.checkpoints().dtype()));
                ConfigLoader.write(config, run.configFile());
                AtomicFile.writeText(run.sampleFile("trained-on.txt"), samples(shown(config, data), tokenizer));
                run.began("sft", plan.totalSteps(), engine.description());
                Consumer<Path> saver = new ModelSaver(model, checkpoint, config.checkpoints().dtype()).andThen(answers);
                new SftLoop(model, config, plan, data, heldOut, run, saver).run();
                Path trained = run.saveFinal(saver);
                out.println("model: " + trained);
                out.flush();
                return trained;
            }
        }
    }

    private static void requireContext(SftConfig config, int context) {
        if (config.cutoffLen() > context) {
            throw new UserError("cutoff_len: " + config.cutoffLen() + ", must be at most " + context + ", the context of the model in "
                    + config.model() + " (max_position_embeddings)");
        }
    }

    private static List<TrainingSequence> shown(SftConfig config, List<TrainingSequence> data) {
        return data.subList(0, Math.min(config.samplesShown(), data.size()));
    }

    private static String samples(List<TrainingSequence> shown, Tokenizer tokenizer) {
        return shown.stream()
                .map(sequence -> "── " + sequence.length() + " tokens; the " + sequence.labelled() + " between ⟦ and ⟧ are learnt\n"
                        + MaskedText.show(sequence, tokenizer))
                .collect(Collectors.joining("\n"));
    }
}
