package thinkj.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import thinkj.checkpoint.GenerationConfig;
import thinkj.data.TrainingSequence;
import thinkj.generate.GenerationRequest;
import thinkj.generate.GenerationResult;
import thinkj.generate.Generator;
import thinkj.generate.SamplingOptions;
import thinkj.io.LineLog;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.Tokenizer;

/**
 * {@code samples/completions.jsonl}: what every saved model answers to some prompts of its data, greedily, beside the answer that it was
 * taught. A look at each model, not a measurement.
 */
final class TrainedAnswers implements Consumer<Path>, AutoCloseable {
    private final LineLog log;
    private final Qwen2Model model;
    private final Tokenizer tokenizer;
    private final Set<Integer> stopIds;
    private final List<TrainingSequence> examples;
    private final int limit;

    /**
     * @param examples whose prompts are asked; may be empty
     * @param limit most tokens of prompt and answer together
     */
    TrainedAnswers(
            Path file, Qwen2Model model, Tokenizer tokenizer, GenerationConfig generation, List<TrainingSequence> examples, int limit) {
        this.log = LineLog.open(file);
        this.model = model;
        this.tokenizer = tokenizer;
        this.stopIds = Set.copyOf(generation.eosTokenIds());
        this.examples = examples.stream().filter(example -> prompt(example).length > 0 && prompt(example).length < limit).toList();
        this.limit = limit;
    }

    /** @param saved folder of the model as it stands */
    @Override
    public void accept(Path saved) {
        if (examples.isEmpty()) {
            return;
        }
        List<GenerationRequest> requests = new ArrayList<>();
        for (TrainingSequence example : examples) {
            requests.add(new GenerationRequest(requests.size(), prompt(example)));
        }
        // As much memory as the plan has for it.
        Generator.CacheNeeds cache = Generator.cacheNeeds(
                model.config(), model.precision(), requests.size(), requests.size(), longest(examples, limit));
        Generator.Limits limits = new Generator.Limits(requests.size(), OptionalLong.of(cache.useful()));
        List<GenerationResult> results = new Generator(model, tokenizer, limits).generate(requests, options(), done -> {});
        for (int i = 0; i < examples.size(); i++) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("model", saved.getFileName().toString());
            line.put("prompt", tokenizer.decode(prompt(examples.get(i)), false));
            line.put("completion", tokenizer.decode(results.get(i).ids(), false));
            line.put("taught", tokenizer.decode(answer(examples.get(i)), false));
            log.append(line);
        }
    }

    private SamplingOptions options() {
        return new SamplingOptions(true, 1, 0, 1, 1, 0, longest(examples, limit) - longestPrompt(examples), stopIds, List.of());
    }

    /**
     * Most tokens of a prompt and what a model answers to it. One that has not yet learnt to stop is stopped at twice the longest answer
     * that it was taught.
     */
    static int longest(List<TrainingSequence> examples, int limit) {
        int answer = examples.stream().mapToInt(example -> answer(example).length).max().orElse(0);
        return Math.min(limit, longestPrompt(examples) + 2 * answer);
    }

    private static int longestPrompt(List<TrainingSequence> examples) {
        return examples.stream().mapToInt(example -> prompt(example).length).max().orElse(0);
    }

    private static int[] prompt(TrainingSequence example) {
        int end = 0;
        while (end < example.length() && !example.labels()[end]) {
            end++;
        }
        return Arrays.copyOf(example.ids(), end);
    }

    private static int[] answer(TrainingSequence example) {
        return Arrays.copyOfRange(example.ids(), prompt(example).length, example.length());
    }

    @Override
    public void close() {
        log.close();
    }
}
