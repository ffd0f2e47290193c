package thinkj;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The golden fixtures: numbers that the original programs gave. The root is the system property {@code thinkj.golden}, or the copy
 * in the test resources. Another set of the same layout may have other shapes: tests read every shape and setting from here.
 */
public final class Golden {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Golden() {}

    /**
     * A tensor of the fixtures, row-major.
     *
     * @param dtype the fixture's own word, such as {@code f32}
     */
    public record Tensor(String dtype, int[] shape, double[] doubles) {

        public float[] floats() {
            float[] floats = new float[doubles.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) doubles[i];
            }
            return floats;
        }

        public int[] ints() {
            return Arrays.stream(doubles).mapToInt(value -> (int) value).toArray();
        }

        public long[] longShape() {
            return Arrays.stream(shape).asLongStream().toArray();
        }
    }

    public static Path root() {
        String property = System.getProperty("thinkj.golden");
        if (property != null && !property.isEmpty()) {
            return Path.of(property);
        }
        Path source = Path.of("src", "test", "resources", "golden");
        if (Files.isDirectory(source)) {
            return source;
        }
        try {
            return Path.of(Golden.class.getResource("/golden/README.md").toURI()).getParent();
        } catch (Exception e) {
            throw new IllegalStateException("no golden fixtures: set -Dthinkj.golden=DIR", e);
        }
    }

    /** A file or folder of the fixtures, such as {@code qwen2-tiny-tied}. */
    public static Path path(String name) {
        return root().resolve(name);
    }

    /** A JSON file of the fixtures, such as {@code sft/golden.json}. */
    public static JsonNode json(String name) {
        try {
            return MAPPER.readTree(path(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every line of a JSON Lines file of the fixtures. */
    public static List<JsonNode> jsonLines(String name) {
        try {
            List<JsonNode> rows = new ArrayList<>();
            for (String line : Files.readString(path(name)).split("\n")) {
                if (!line.isBlank()) {
                    rows.add(MAPPER.readTree(line));
                }
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param folder the folder of the JSON file that the entry stands in, such as {@code sft}
     * @param entry {@code {"dtype", "shape", "data" | "file"}}
     */
    public static Tensor tensor(String folder, JsonNode entry) {
        String dtype = entry.get("dtype").asText();
        int[] shape = ints(entry.get("shape"));
        double[] values =
                entry.has("file") ? raw(folder, entry.get("file").asText()) : doubles(entry.get("data"));
        int size = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        if (values.length != size) {
            throw new IllegalStateException(folder + ": " + values.length + " values for the shape " + Arrays.toString(shape));
        }
        return new Tensor(dtype, shape, values);
    }

    /** A parameter table with a {@code file}: each parameter's values by its name, in the table's order. */
    public static Map<String, Tensor> parameters(String folder, JsonNode table) {
        double[] all = raw(folder, table.get("file").asText());
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        for (JsonNode row : table.get("params")) {
            int from = row.get("offset_floats").asInt();
            double[] values = Arrays.copyOfRange(all, from, from + row.get("count").asInt());
            parameters.put(row.get("name").asText(), new Tensor("f32", ints(row.get("shape")), values));
        }
        return parameters;
    }

    /** A number, {@code "NaN"}, {@code "Infinity"} or {@code "-Infinity"}. */
    public static double number(JsonNode node) {
        return node.isTextual() ? Double.parseDouble(node.asText()) : node.doubleValue();
    }

    /** All numbers of a nested list, row-major. */
    public static double[] doubles(JsonNode nested) {
        List<Double> values = new ArrayList<>();
        flatten(nested, values);
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** All numbers of a nested list, row-major. */
    public static int[] ints(JsonNode nested) {
        return Arrays.stream(doubles(nested)).mapToInt(value -> (int) value).toArray();
    }

    /** A list of lists of different lengths. */
    public static int[][] rows(JsonNode nested) {
        int[][] rows = new int[nested.size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = ints(nested.get(i));
        }
        return rows;
    }

    private static void flatten(JsonNode node, List<Double> into) {
        if (node.isArray()) {
            node.forEach(child -> flatten(child, into));
        } else if (node.isBoolean()) {
            into.add(node.booleanValue() ? 1.0 : 0.0);
        } else {
            into.add(number(node));
        }
    }

    /** A raw little-endian file; its ending says what it holds. */
    private static double[] raw(String folder, String file) {
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Files.readAllBytes(path(folder).resolve(file))).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String ending = file.substring(file.lastIndexOf('.') + 1);
        double[] values = new double[bytes.remaining() / ("f64".equals(ending) ? Double.BYTES : Float.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (ending) {
                case "f32" -> bytes.getFloat();
                case "f64" -> bytes.getDouble();
                case "i32" -> bytes.getInt();
                default -> throw new IllegalStateException(file + ": ending unknown");
            };
        }
        return values;
    }
}
