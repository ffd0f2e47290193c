package thinkj.evaluate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import thinkj.evaluate.OfficialScores.Order;
import thinkj.io.Json;
import thinkj.judge.Verdict;

/** What the judgements of a benchmark add up to. */
final class BenchmarkResult {
    /** Name of the only line of a benchmark without sections. */
    static final String ALL = "All";

    /** Name of the mean of the official section scores. */
    static final String OVERALL = "Overall";

    private final String model;
    private final Benchmark benchmark;
    private final Wording wording;
    private final List<Judgement> judgements;
    private final Map<String, List<PairVerdict>> subsets = new LinkedHashMap<>();

    /**
     * One answer to one question.
     *
     * @param forward whether the better answer was shown first
     * @param promptTokens length of the prompt
     */
    record Judgement(BenchmarkRow row, boolean forward, Verdict verdict, Answer answer, int promptTokens) {

        boolean right() {
            return verdict.better() == (forward ? 1 : 2);
        }

        ObjectNode json() {
            ObjectNode json = Json.MAPPER.createObjectNode();
            json.put("id", row.id());
            if (!row.subset().isEmpty()) {
                json.put("subset", row.subset());
            }
            json.put("order", forward ? "forward" : "reversed");
            json.put("verdict", verdict.better());
            json.put("right", right());
            json.put("strength", verdict.strength());
            if (!Double.isNaN(verdict.score1())) {
                json.putArray("scores").add(verdict.score1()).add(verdict.score2());
            }
            json.put("prompt_tokens", promptTokens);
            json.put("tokens", answer.tokens());
            json.put("finish_reason", answer.finishReason());
            json.put("text", answer.text());
            return json;
        }
    }

    /** @param judgements forward and reversed of each pair in turn */
    BenchmarkResult(String model, Benchmark benchmark, Wording wording, List<Judgement> judgements) {
        this.model = model;
        this.benchmark = benchmark;
        this.wording = wording;
        this.judgements = judgements;
        for (int i = 0; i < judgements.size(); i += 2) {
            subsets.computeIfAbsent(judgements.get(i).row().subset(), name -> new ArrayList<>())
                    .add(new PairVerdict(judgements.get(i).verdict().better(), judgements.get(i + 1).verdict().better()));
        }
    }

    /** The official result file, for RewardBench. */
    Optional<Map<String, Object>> official() {
        return rewardBench()
                ? Optional.of(OfficialScores.resultFile(accuracies(Order.BOTH), model, "tokenizer"))
                : Optional.empty();
    }

    /**
     * The result file.
     *
     * @param dropped pairs left out as too long
     * @param shortened pairs with a response cut in the middle
     */
    ObjectNode json(int dropped, int shortened) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("benchmark", benchmark.name());
        json.put("model", model);
        wording.settings().forEach((name, value) -> json.put(name, value.toString()));
        json.put("pairs", judgements.size() / 2);
        json.put("dropped", dropped);
        json.put("shortened", shortened);
        json.put("cut_off", judgements.stream().filter(judgement -> judgement.answer().finishReason().equals("length")).count());
        ArrayNode notes = json.putArray("notes");
        benchmark.notes().forEach(notes::add);
        json.set("statistics", Json.MAPPER.valueToTree(statistics()));
        if (rewardBench()) {
            ObjectNode official = json.putObject("official");
            for (Order order : Order.values()) {
                official.set(order.name().toLowerCase(Locale.ROOT), Json.MAPPER.valueToTree(scores(order)));
            }
            json.set("subsets", Json.MAPPER.valueToTree(perSubset()));
        }
        return json;
    }

    private Map<String, Map<String, Double>> statistics() {
        Map<String, Map<String, Double>> lines = new LinkedHashMap<>();
        if (rewardBench()) {
            JudgeStatistics.ofSections(bySection()).forEach((name, statistics) -> lines.put(name, statistics.named()));
        } else {
            lines.put(ALL, JudgeStatistics.of(subsets.values().stream().flatMap(List::stream).toList()).named());
        }
        return lines;
    }

    private Map<Section, List<PairVerdict>> bySection() {
        Map<Section, List<PairVerdict>> sections = new EnumMap<>(Section.class);
        subsets.forEach((name, pairs) ->
                sections.computeIfAbsent(RewardBench.subset(name).section(), section -> new ArrayList<>()).addAll(pairs));
        return sections;
    }

    private Map<String, Double> scores(Order order) {
        Map<String, Double> sections = OfficialScores.sections(accuracies(order));
        Map<String, Double> scores = new LinkedHashMap<>(sections);
        scores.put(OVERALL, OfficialScores.overall(sections));
        return scores;
    }

    private Map<String, Double> accuracies(Order order) {
        Map<String, Double> accuracies = new LinkedHashMap<>();
        subsets.forEach((name, pairs) -> accuracies.put(name, OfficialScores.accuracy(pairs, order)));
        return accuracies;
    }

    private Map<String, Map<String, Number>> perSubset() {
        Map<String, Map<String, Number>> lines = new LinkedHashMap<>();
        subsets.forEach((name, pairs) -> {
            Map<String, Number> line = new LinkedHashMap<>();
            line.put("pairs", pairs.size());
            line.putAll(JudgeStatistics.of(pairs).named());
            line.put("official", OfficialScores.accuracy(pairs, Order.BOTH));
            lines.put(name, line);
        });
        return lines;
    }

    private boolean rewardBench() {
        return benchmark.name().equals(RewardBench.NAME);
    }
}
