package thinkj.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.data.PreferencePair;
import thinkj.data.SftExample;
import thinkj.tokenizer.Message;

/** Runs of a second on the fixtures' checkpoint, which write every kind of file that runs write. */
final class TinyRuns {
    private static final String ADAPTER = "lora={rank: 4, alpha: 8, dropout: 0.1, target_modules: [q_proj, v_proj], base: fp32}";

    private final Path model;
    private final Path folder;

    /** @param folder gets a model and data */
    TinyRuns(Path folder) throws IOException {
        this.folder = folder;
        model = TinyCheckpoint.withTokenizer(folder.resolve("model"));
    }

    TrainingRun of(String command) {
        return switch (command) {
            case "sft" -> sft();
            case "sft-lora" -> sft().with(List.of(ADAPTER));
            case "dpo" -> dpo();
            case "grpo" -> grpo();
            case "grpo-lora" -> grpo().with(List.of(ADAPTER, "rollout.one_step_off_policy=true"));
            default -> throw new IllegalArgumentException(command);
        };
    }

    private TrainingRun run(String command, String recipe, Path data, String... own) {
        List<String> overrides = new ArrayList<>(
                List.of("model=" + model, "data=[" + data + "]", "max_steps=4", "checkpoints.every_steps=2", "checkpoints.keep=1"));
        overrides.addAll(List.of(own));
        return new TrainingRun(command, Path.of("configs/quickstart/" + recipe), overrides);
    }

    private TrainingRun sft() {
        Path data = folder.resolve("data.jsonl");
        ExampleFiles.writeSft(data.toString(), List.of(
                new SftExample("", "Which is larger, 2 or 3?", "", "Three."),
                new SftExample("You judge.", "Which is larger,", "7 or 5?", "Seven."),
                new SftExample("", "Which is smaller, 1 or 9?", "", "One.")));
        return run("sft", "sft-judge.yaml", data, "batch_size=2", "micro_batch_size=1", "logging_steps=1", "samples_shown=1",
                "eval_data=" + data, "eval_steps=2", "checkpoints.best=eval_loss", "checkpoints.best_mode=min", "checkpoints.dtype=bf16");
    }

    private TrainingRun dpo() {
        Path data = folder.resolve("pairs.jsonl");
        ExampleFiles.writePairs(data.toString(), List.of(
                new PreferencePair("", "Which is larger, 2 or 3?", "Three.", "Two."),
                new PreferencePair("", "Which is larger, 7 or 5?", "Seven.", "Five."),
                new PreferencePair("", "Which is smaller, 1 or 9?", "One.", "Nine.")));
        return run("dpo", "dpo.yaml", data, "batch_size=2", "micro_batch_size=1", "samples_shown=1");
    }

    private TrainingRun grpo() {
        Path data = folder.resolve("rows.parquet");
        ExampleFiles.writeGrpo(data.toString(), IntStream.range(0, 6)
                .mapToObj(i -> new GrpoRow("letters", List.of(new Message("user", "short" + i)), "judge", "rule", "1", "train", i))
                .toList());
        return run("grpo", "grpo.yaml", data, "validation.data=[" + data + "]", "validation.every_steps=2", "batch.train_batch_size=2",
                "batch.mini_batch_size=2", "batch.micro_batch_size=4", "batch.n=2", "rollout.max_prompt_length=60",
                "rollout.max_response_length=8", "rollout.max_rows=8", "reward.name=thinkj.train.GrpoTrainerTest$LetterReward");
    }
}
