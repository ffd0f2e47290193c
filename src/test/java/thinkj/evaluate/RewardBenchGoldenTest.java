package thinkj.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import thinkj.Golden;
import thinkj.evaluate.OfficialScores.Order;

/** Statistics and scores against those of the original programs; every number must be the same double. */
@Tag("golden")
class RewardBenchGoldenTest {
    private final JsonNode golden = Golden.json("rewardbench/golden.json");

    @Test
    void loadsTheSectionsOfTheOriginalInItsOrder() {
        Benchmark benchmark = RewardBenchReader.read(Golden.path("rewardbench"), 0);
        for (Section section : Section.values()) {
            List<BenchmarkRow> rows = rows(benchmark, section);
            assertEquals(golden.get("load_rewardbench_counts").get(section.title()).asInt(), rows.size(), section.title());
            JsonNode first = golden.get("load_rewardbench_first_rows").get(section.title());
            for (int i = 0; i < first.size(); i++) {
                assertEquals(first.get(i).get("instruction").asText(), rows.get(i).instruction());
                assertEquals(first.get(i).get("response1").asText(), rows.get(i).better());
                assertEquals(first.get(i).get("response2").asText(), rows.get(i).worse());
            }
            JsonNode verdicts = golden.get("verdicts").get(section.title());
            for (int i = 0; i < rows.size(); i++) {
                assertEquals(rows.get(i).subset() + "/" + verdicts.get(i).get(0).asText(), rows.get(i).id());
            }
        }
    }

    @Test
    void countsRowsOfEverySubset() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        RewardBenchReader.read(Golden.path("rewardbench"), 0).rows().forEach(row -> counts.merge(row.subset(), 1, Integer::sum));
        golden.get("subset_sizes").properties().forEach(size -> assertEquals(size.getValue().asInt(), counts.get(size.getKey())));
        assertEquals(golden.get("subset_sizes").size(), counts.size());
    }

    @Test
    void statisticsOfTheVerdicts() {
        Map<Section, List<PairVerdict>> verdicts = new EnumMap<>(Section.class);
        for (Section section : Section.values()) {
            verdicts.put(section, pairs(golden.get("verdicts").get(section.title()), 1));
        }
        assertStatistics("verdicts", golden.get("cal_statistics"), JudgeStatistics.ofSections(verdicts));
    }

    @Test
    void statisticsOfEveryScenario() {
        golden.get("cal_statistics_scenarios").properties().forEach(scenario -> {
            Map<Section, List<PairVerdict>> verdicts = new EnumMap<>(Section.class);
            for (Section section : Section.values()) {
                verdicts.put(section, pairs(scenario.getValue().get("input").get(section.title()), 0));
            }
            assertStatistics(scenario.getKey(), scenario.getValue().get("result"), JudgeStatistics.ofSections(verdicts));
        });
    }

    @Test
    void accuraciesOfEverySubset() {
        Map<String, List<PairVerdict>> subsets = verdictsOfSubsets();
        golden.get("per_subset").properties().forEach(entry -> {
            JsonNode expected = entry.getValue();
            List<PairVerdict> pairs = subsets.get(entry.getKey());
            assertEquals(expected.get("n").asInt(), pairs.size());
            assertEquals(expected.get("fwd").asLong(), pairs.stream().filter(PairVerdict::forwardRight).count());
            assertEquals(expected.get("rev").asLong(), pairs.stream().filter(PairVerdict::reversedRight).count());
            assertEquals(expected.get("both").asLong(),
                    pairs.stream().filter(pair -> pair.forwardRight() && pair.reversedRight()).count());
            assertEquals(expected.get("accuracy_official_tie_half").asDouble(), OfficialScores.accuracy(pairs, Order.FORWARD));
        });
    }

    @Test
    void weightsAndSectionsAreTheOfficialOnes() {
        JsonNode official = golden.get("official");
        Map<String, List<String>> sections = new LinkedHashMap<>();
        for (RewardBench.Subset subset : RewardBench.subsets()) {
            assertEquals(official.get("EXAMPLE_COUNTS").get(subset.name()).asInt(), subset.weight(), subset.name());
            sections.computeIfAbsent(subset.section().official(), name -> new ArrayList<>()).add(subset.name());
        }
        assertEquals(official.get("EXAMPLE_COUNTS").size(), RewardBench.subsets().size());
        official.get("SUBSET_MAPPING").properties().forEach(section -> {
            List<String> subsets = new ArrayList<>();
            section.getValue().forEach(name -> subsets.add(name.asText()));
            assertEquals(subsets, sections.get(section.getKey()));
        });
    }

    @Test
    void officialSectionScores() {
        JsonNode official = golden.get("official");
        Map<String, Double> tieHalf = new LinkedHashMap<>();
        verdictsOfSubsets().forEach((subset, pairs) -> tieHalf.put(subset, OfficialScores.accuracy(pairs, Order.FORWARD)));
        assertScores(official.get("scores_tie_half"), OfficialScores.sections(tieHalf));

        Map<String, Double> forward = forwardAccuracies();
        assertScores(official.get("scores_forward"), OfficialScores.sections(forward));

        official.get("missing_subsets").get("metrics_without").forEach(name -> forward.remove(name.asText()));
        assertScores(official.get("missing_subsets").get("scores"), OfficialScores.sections(forward));
    }

    private Map<String, Double> forwardAccuracies() {
        Map<String, Double> forward = new LinkedHashMap<>();
        golden.get("per_subset").properties()
                .forEach(entry -> forward.put(entry.getKey(), entry.getValue().get("accuracy_forward").asDouble()));
        return forward;
    }

    private Map<String, List<PairVerdict>> verdictsOfSubsets() {
        Benchmark benchmark = RewardBenchReader.read(Golden.path("rewardbench"), 0);
        Map<String, List<PairVerdict>> subsets = new LinkedHashMap<>();
        for (Section section : Section.values()) {
            List<BenchmarkRow> rows = rows(benchmark, section);
            List<PairVerdict> pairs = pairs(golden.get("verdicts").get(section.title()), 1);
            for (int i = 0; i < rows.size(); i++) {
                subsets.computeIfAbsent(rows.get(i).subset(), name -> new ArrayList<>()).add(pairs.get(i));
            }
        }
        return subsets;
    }

    private static List<BenchmarkRow> rows(Benchmark benchmark, Section section) {
        return benchmark.rows().stream().filter(row -> RewardBench.subset(row.subset()).section() == section).toList();
    }

    /** @param from where the two verdicts stand in each list */
    private static List<PairVerdict> pairs(JsonNode lists, int from) {
        List<PairVerdict> pairs = new ArrayList<>();
        lists.forEach(list -> pairs.add(new PairVerdict(list.get(from).asInt(), list.get(from + 1).asInt())));
        return pairs;
    }

    private static void assertStatistics(String what, JsonNode expected, Map<String, JudgeStatistics> actual) {
        assertEquals(expected.size(), actual.size(), what);
        expected.properties().forEach(line -> {
            Map<String, Double> values = new LinkedHashMap<>();
            line.getValue().properties().forEach(value -> values.put(value.getKey(), value.getValue().asDouble()));
            assertEquals(values, actual.get(line.getKey()).named(), what + " " + line.getKey());
        });
    }

    private static void assertScores(JsonNode expected, Map<String, Double> actual) {
        assertEquals(expected.size(), actual.size());
        expected.properties().forEach(score -> assertEquals(score.getValue().asDouble(), actual.get(score.getKey()), score.getKey()));
    }
}
