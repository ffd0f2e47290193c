package thinkj.train;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Consumer;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.SftConfig;
import thinkj.io.AtomicFile;
import thinkj.io.Folders;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.HfTokenizer;

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
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            SftSetup setup = SftSetup.read(config, checkpoint, tokenizer, out);
            TrainingMemory.Saving saving = Setup.announce(setup, out);
            int steps = setup.examples().totalSteps();
            try (Qwen2Model model = setup.model(saving);
                    RunDirectory run = RunDirectory.create(config.output(), options);
                    TrainedAnswers answers = new TrainedAnswers(
                            run.sampleFile("completions.jsonl"), model, tokenizer, checkpoint.generationConfig(), setup.samples(),
                            config.cutoffLen())) {
                run.requireSpace(config.checkpoints().mostAtOnce(steps) * ModelSaver.bytes(checkpoint, config.lora(), config.checkpoints().dtype()));
                ConfigLoader.write(config, run.configFile());
                AtomicFile.writeText(run.sampleFile("trained-on.txt"), setup.samplesText());
                run.began("sft", steps, setup.engine().description());
                Consumer<Path> saver = new ModelSaver(model, checkpoint, config.checkpoints().dtype()).andThen(answers);
                new SftLoop(model, config, setup.examples(), setup.data(), setup.heldOut(), run, saver).run();
                Path trained = run.saveFinal(saver);
                out.println("model: " + trained);
                out.flush();
                return trained;
            }
        }
    }

    /** Prints what {@link #run} would do, how much memory it takes and about how long; writes nothing. */
    public static void dryRun(SftConfig config, PrintWriter out) {
        HfCheckpoint checkpoint = HfCheckpoint.open(config.model());
        try (HfTokenizer tokenizer = HfTokenizer.open(checkpoint.tokenizerFolder())) {
            DryRun.of(config, () -> SftSetup.read(config, checkpoint, tokenizer, out), out);
        }
    }
}
