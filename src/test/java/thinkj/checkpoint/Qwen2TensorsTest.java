package thinkj.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class Qwen2TensorsTest {
    private static final Qwen2Config UNTIED = new Qwen2Config(12, 2, 6, 2, 20, 30, 64, 10_000, 1e-6, false);
    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| \\[([^\\]]+)\\].*");

    /** The table that users read is the one that imports are checked against. */
    @Test
    void documentedTableIsTheDeclaredOne() throws IOException {
        Map<String, Long> sides = Map.of("D", 12L, "V", 30L, "F", 20L, "K·d", 4L);
        Set<String> documented = new LinkedHashSet<>();
        for (String line : Files.readAllLines(Path.of("model-import", "README.md"))) {
            Matcher row = ROW.matcher(line);
            for (int i = 0; row.matches() && i < (row.group(1).contains("{i}") ? UNTIED.numHiddenLayers() : 1); i++) {
                List<Long> shape = Stream.of(row.group(2).split(", ")).map(sides::get).toList();
                documented.add(row.group(1).replace("{i}", Integer.toString(i)) + " " + shape);
            }
        }
        Set<String> declared = Qwen2Tensors.of(UNTIED).entrySet().stream()
                .map(tensor -> tensor.getKey() + " " + java.util.Arrays.toString(tensor.getValue()))
                .collect(Collectors.toSet());
        assertEquals(declared, documented);
    }
}
