package thinkj.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import thinkj.RealData;
import thinkj.io.Json;

/** The published per-subset results of five models give the section scores that the official program gives for them. */
class PublishedScoresTest {

    @Test
    void sectionScoresOfThePublishedModels() throws IOException {
        Path folder = RealData.folder("rewardbench-scores");
        JsonNode expected = Json.read(folder.resolve("expected_sections.json"));
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(file -> file.toString().endsWith(".json") && !file.endsWith("expected_sections.json")).toList();
        }
        assertTrue(files.size() >= 5, files + " should be the results of five models");
        for (Path file : files) {
            JsonNode published = Json.read(file);
            JsonNode model = expected.get(published.get("model").asText());
            Map<String, Double> sections = OfficialScores.sections(accuracies(published));
            model.get("sections").properties()
                    .forEach(score -> assertEquals(score.getValue().asDouble(), sections.get(score.getKey()), file + " " + score.getKey()));
            // The expected mean may have been summed in another order.
            assertEquals(model.get("mean_of_sections").asDouble(), OfficialScores.overall(sections), 1e-15);
        }
    }

    private static Map<String, Double> accuracies(JsonNode published) {
        Map<String, Double> accuracies = new LinkedHashMap<>();
        published.properties().stream()
                .filter(entry -> entry.getValue().isNumber())
                .forEach(entry -> accuracies.put(entry.getKey(), entry.getValue().asDouble()));
        return accuracies;
    }
}
