package thinkj.quickstart;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.cli.TrainingRun;
import thinkj.config.ConfigLoader;
import thinkj.config.QuickstartConfig;
import thinkj.data.ExampleFiles;
import thinkj.data.Examples;
import thinkj.data.PreferencePair;
import thinkj.data.SftExample;
import thinkj.io.Folders;
import thinkj.judge.Prompts;
import thinkj.kernels.onednn.OneDnn;

/** The quickstart's three trainers, a few steps of each, killed at any moment: what they leave must not tell it. */
class KilledRunsTest {
    private static final String ADAPTER = "lora={rank: 8, alpha: 16, dropout: 0.1, target_modules: [q_proj, v_proj], base: %s}";
    private static final String PLAIN = "plain";
    private static final String LORA = "lora";
    private static final String ONE_STEP_OFF = "one step off policy";

    @TempDir
    Path folder;

    private Map<String, TrainingRun> runs;

    private final long seed = Long.getLong("thinkj.seed", 0);

    @BeforeEach
    void dataOfTheQuickstart() {
        QuickstartConfig config = ConfigLoader.load(Quickstart.CONFIG, List.of(), QuickstartConfig.class);
        QuickstartData data = QuickstartData.write(config, Prompts.from(config.prompts()), 5, folder.resolve("data"));
        List<String> common = List.of("model=model-import/quickstart", "checkpoints.every_steps=2", "checkpoints.keep=2",
                "followed_prompts.every_steps=3", "samples_shown=1");
        runs = Map.of(
                "sft", run("sft", "sft-judge.yaml", common,
                        "data=[" + data.sftJudge() + "]", "max_steps=10", "logging_steps=2", "eval_data=" + data.sftCritic(), "eval_steps=4",
                        "checkpoints.best=eval_loss", "checkpoints.best_mode=min"),
                "dpo", run("dpo", "dpo.yaml", common,
                        "data=[" + pairs(data.sftJudge()) + "]", "max_steps=9", "checkpoints.dtype=bf16", "checkpoints.every_minutes=0.01"),
                "grpo", run("grpo", "grpo.yaml", common.subList(0, 4),
                        "data=[" + data.grpo() + "]", "validation.data=[" + data.validation() + "]", "max_steps=6", "batch.train_batch_size=8",
                        "batch.mini_batch_size=4", "batch.micro_batch_size=16", "rollout.max_response_length=40", "validation.every_steps=4"));
    }

    private static TrainingRun run(String command, String config, List<String> common, String... own) {
        return new TrainingRun(command, Path.of("configs/quickstart/" + config), common).with(List.of(own));
    }

    /** Settings under which each trainer is killed, by what sets them apart. */
    private static Map<String, List<String>> settings(String trainer) {
        boolean samples = trainer.equals("grpo");
        Map<String, List<String>> all = new LinkedHashMap<>();
        all.put(PLAIN, List.of());
        all.put(LORA, List.of(adapter("fp32")));
        if (samples) {
            all.put(ONE_STEP_OFF, List.of("rollout.one_step_off_policy=true"));
        }
        if (OneDnn.hasBf16()) {
            all.put("bf16", samples ? List.of("precision=bf16", "rollout.precision=bf16") : List.of("precision=bf16"));
            all.put("bf16 beside int8 with lora", samples
                    ? List.of("precision=bf16", "rollout.precision=int8", "rollout.one_step_off_policy=true", adapter("int8"))
                    : List.of("precision=bf16", adapter("int8")));
        }
        return all;
    }

    private static String adapter(String base) {
        return String.format(ADAPTER, base);
    }

    /** The answer to a question against that to another one. */
    private Path pairs(Path sft) {
        List<SftExample> rows = Examples.sft(List.of(sft)).examples();
        List<PreferencePair> pairs = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            pairs.add(new PreferencePair("", rows.get(i).instruction(), rows.get(i).output(), rows.get(i + 1).output()));
        }
        Path file = folder.resolve("pairs.json");
        ExampleFiles.writePairs(file.toString(), pairs);
        return file;
    }

    @Test
    void aFewKillsLeaveNoTrace() throws IOException, InterruptedException {
        Random random = new Random(11);
        kill("sft", List.of(LORA), 1, random);
        kill("dpo", List.of(PLAIN), 1, random);
        kill("grpo", List.of(ONE_STEP_OFF), 1, random);
    }

    /**
     * {@code -Dthinkj.kills=N} of every trainer ({@code -Dthinkj.trainers=grpo}: of that alone), at other moments with another
     * {@code -Dthinkj.seed=N}, under all settings in turn; a run is killed at most eight times before it may end.
     */
    @Test
    @Tag("slow")
    void manyKillsLeaveNoTrace() throws IOException, InterruptedException {
        if (!OneDnn.hasBf16()) {
            System.out.println("nothing is killed under bf16 and int8 products, which need a CPU with AVX-512");
        }
        int kills = Integer.getInteger("thinkj.kills", 70);
        for (String trainer : System.getProperty("thinkj.trainers", "sft,dpo,grpo").split(",")) {
            List<String> names = new ArrayList<>(settings(trainer).keySet());
            Collections.rotate(names, (int) -seed);
            int done = kill(trainer, names, kills, new Random(trainer.hashCode() + seed));
            System.out.println(trainer + ": killed " + done + " times, every time to the same end");
            assertTrue(done >= kills);
        }
    }

    private int kill(String trainer, List<String> names, int kills, Random random) throws IOException, InterruptedException {
        int mostInARun = Math.max(1, Math.min(8, kills / names.size()));
        Map<String, Double> seconds = new HashMap<>();
        Map<String, Integer> killed = new LinkedHashMap<>();
        int done = 0;
        for (int turn = 0; done < kills; turn++) {
            String name = names.get(turn % names.size());
            TrainingRun run = runs.get(trainer).with(settings(trainer).get(name));
            Path undisturbed = folder.resolve(trainer + "/" + name);
            double took = seconds.computeIfAbsent(name, first -> run.undisturbed(undisturbed));
            Path place = folder.resolve(trainer + "/killed");
            int times = new KilledRun(run).killedUntilDone(place, Math.min(mostInARun, kills - done), took, random);
            TrainingRun.requireSame(undisturbed, place);
            Folders.delete(place);
            killed.merge(name, times, Integer::sum);
            done += times;
        }
        System.out.println(trainer + ": killed so often under each: " + killed);
        return done;
    }
}
