package thinkj.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.data.GrpoRow;
import thinkj.generate.GenerationRequest;
import thinkj.generate.GenerationResult;
import thinkj.generate.Generator;
import thinkj.generate.SamplingOptions;
import thinkj.io.LineLog;
import thinkj.judge.RewardInput;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.Tokenizer;

/**
 * Lines of {@code samples/completions.jsonl}: what the model answers to the followed prompts, greedily, as it stands before the first step,
 * every so many steps, and after the last one. A look at the model, not a measurement.
 */
final class FollowedAnswers implements IntConsumer {
    private final LineLog log;
    private final FollowedPrompts followed;
    private final Generator generator;
    private final Tokenizer tokenizer;
    private final Set<Integer> stopIds;
    private final int totalSteps;
    private final Optional<RewardRunner> reward;

    /**
     * @param log stays the caller's
     * @param generator of the model that is trained
     * @param stopIds end an answer
     * @param totalSteps of the whole run
     * @param reward what answers with a ground truth are scored by; empty for none
     */
    FollowedAnswers(
            LineLog log, FollowedPrompts followed, Generator generator, Tokenizer tokenizer, Set<Integer> stopIds, int totalSteps,
            Optional<RewardRunner> reward) {
        this.log = log;
        this.followed = followed;
        this.generator = generator;
        this.tokenizer = tokenizer;
        this.stopIds = stopIds;
        this.totalSteps = totalSteps;
        this.reward = reward;
    }

    /** Of a run that does not sample by itself, which trains this model. */
    static FollowedAnswers of(
            LineLog log, FollowedPrompts followed, Qwen2Model model, HfCheckpoint start, Tokenizer tokenizer, int totalSteps) {
        Generator generator = new Generator(model, tokenizer, Math.max(1, followed.prompts().size()));
        return new FollowedAnswers(
                log, followed, generator, tokenizer, Set.copyOf(start.generationConfig().eosTokenIds()), totalSteps, Optional.empty());
    }

    /** @param step how many steps are done */
    @Override
    public void accept(int step) {
        if (due(step)) {
            ask(step);
        }
    }

    boolean due(int step) {
        return !followed.prompts().isEmpty() && followed.settings().due(step, totalSteps);
    }

    private void ask(int step) {
        List<GenerationRequest> requests = IntStream.range(0, followed.prompts().size())
                .mapToObj(i -> new GenerationRequest(i, followed.prompts().get(i).ids()))
                .toList();
        List<GenerationResult> results = generator.generate(requests, options(), done -> {});
        List<Map<String, Object>> lines = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            lines.add(line(step, i, results.get(i)));
        }
        reward.ifPresent(runner -> score(step, lines, runner));
        lines.forEach(log::append);
    }

    private SamplingOptions options() {
        return new SamplingOptions(true, 1, 0, 1, 1, 0, followed.mostNewTokens(), stopIds, List.of());
    }

    private Map<String, Object> line(int step, int i, GenerationResult result) {
        Followed prompt = followed.prompts().get(i);
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("step", step);
        line.put("followed", followed.rows().get(i));
        prompt.paid().ifPresent(row -> {
            line.put("data_source", row.dataSource());
            line.put("index", row.index());
        });
        line.put("prompt", tokenizer.decode(prompt.ids(), false));
        line.put("completion", tokenizer.decode(result.ids(), false));
        prompt.taught().ifPresent(taught -> line.put("taught", taught));
        prompt.paid().ifPresent(row -> line.put("ground_truth", row.groundTruth()));
        line.put("truncated", result.finishReason().equals(GenerationResult.LENGTH));
        if (result.failed()) {
            line.put("error", result.error());
        }
        return line;
    }

    /** Adds scores to the lines of rows that have a ground truth. */
    private void score(int step, List<Map<String, Object>> lines, RewardRunner runner) {
        List<Map<String, Object>> paid = new ArrayList<>();
        List<RewardInput> inputs = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Map<String, Object> line = lines.get(i);
            followed.prompts().get(i).paid().ifPresent(row -> {
                paid.add(line);
                inputs.add(input(row, line));
            });
        }
        List<RewardRunner.Outcome> outcomes = inputs.isEmpty()
                ? List.of()
                : runner.score(inputs, i -> "step " + step + ", followed row " + paid.get(i).get("followed"));
        for (int i = 0; i < paid.size(); i++) {
            paid.get(i).put("score", outcomes.get(i).score());
            if (outcomes.get(i).failed()) {
                paid.get(i).put("reward_failure", outcomes.get(i).failure());
            }
        }
    }

    private static RewardInput input(GrpoRow row, Map<String, Object> line) {
        return new RewardInput(
                row.dataSource(), (String) line.get("prompt"), (String) line.get("completion"), row.groundTruth(),
                Map.of("index", row.index(), "truncated", line.get("truncated")));
    }
}
