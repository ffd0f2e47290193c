package thinkj.train;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import thinkj.checkpoint.Qwen2Config;
import thinkj.cli.TinyCheckpoint;
import thinkj.config.ConfigLoader;
import thinkj.config.DpoConfig;
import thinkj.config.GrpoConfig;
import thinkj.config.SftConfig;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.data.PreferencePair;
import thinkj.data.SftExample;
import thinkj.kernels.onednn.OneDnn;
import thinkj.tokenizer.Message;

/**
 * Runs of the three trainers over a random checkpoint and made-up rows, a token a byte.
 *
 * @param folder holds all of it
 */
record SmallRuns(Path folder) {

    /** Makes the checkpoint and rows of about so many tokens, prompt and answer halves of them, no two of the same length. */
    static SmallRuns make(Path folder, Qwen2Config model, int tokens) throws IOException {
        TinyCheckpoint.random(folder.resolve("model"), model);
        List<SftExample> examples = new ArrayList<>();
        List<PreferencePair> pairs = new ArrayList<>();
        List<GrpoRow> rows = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String prompt = words(tokens / 2 - i);
            examples.add(new SftExample("", prompt, "", words(tokens / 2 - 2 * i)));
            pairs.add(new PreferencePair("", prompt, words(tokens / 2 - i), "x" + words(tokens / 2 - 3 * i)));
            rows.add(new GrpoRow("s", List.of(new Message("user", prompt)), "judge", "rule", "2", "train", i));
        }
        ExampleFiles.writeSft(folder.resolve("sft").toString(), examples);
        ExampleFiles.writePairs(folder.resolve("dpo").toString(), pairs);
        ExampleFiles.writeGrpo(folder.resolve("grpo").toString(), rows);
        return new SmallRuns(folder);
    }

    private static String words(int letters) {
        return IntStream.range(0, letters).mapToObj(i -> i % 7 == 6 ? " " : "" + (char) ('a' + i % 5)).reduce("", String::concat);
    }

    /** Runs a trainer, sft, dpo or grpo, with its settings for Qwen2.5-0.5B but for these. */
    void run(String trainer, RunOptions options, PrintWriter out, String... overrides) {
        String config = trainer.equals("sft") ? "sft-judge" : trainer;
        Path file = Path.of("configs/qwen2.5-0.5b", config + ".yaml");
        String precision = OneDnn.problem().isEmpty() && OneDnn.hasBf16() ? "bf16" : "fp32";
        List<String> all = Stream.concat(
                Stream.of("model=" + folder.resolve("model"), "data=[" + folder.resolve(trainer) + "]", "output=" + folder.resolve("run-" + trainer),
                        "precision=" + precision),
                Stream.of(overrides)).toList();
        switch (trainer) {
            case "sft" -> SftTrainer.run(ConfigLoader.load(file, all, SftConfig.class), options, out);
            case "dpo" -> DpoTrainer.run(ConfigLoader.load(file, all, DpoConfig.class), options, out);
            default -> GrpoTrainer.run(
                    ConfigLoader.load(file, Stream.concat(all.stream(), Stream.of("rollout.precision=" + precision)).toList(), GrpoConfig.class), options, out);
        }
    }
}
