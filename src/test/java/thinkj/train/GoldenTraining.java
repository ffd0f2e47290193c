package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import thinkj.Golden;
import thinkj.model.PackedTokens;

/** What the training goldens have in common: batches, parameter tables, and comparisons by norms as the fixtures' page advises. */
final class GoldenTraining {
    /** Of a parameter's gradient, by norm: the fixtures' own limit; the originals differ among themselves by 4.4e-6. */
    static final double GRADIENT = 1e-3;

    /** Of all updates together, by norm: Adam divides by the root of v, so that the smallest gradients decide by their rounding. */
    static final double UPDATE = 1e-3;

    /** Of the worst parameter's update. */
    static final double WORST_UPDATE = 5e-2;

    /** Of all updates where only eight values a parameter are known, so that one value decided by rounding weighs more. */
    static final double UPDATE_OF_FEW = 1e-2;

    private GoldenTraining() {}

    /** Rows padded on the right, with labels: −100 is not learnt. */
    static PackedTokens packed(JsonNode ids, JsonNode labels, JsonNode mask) {
        PackedTokens.Builder batch = new PackedTokens.Builder();
        for (int row = 0; row < ids.size(); row++) {
            add(batch, ids.get(row), labels.get(row), mask.get(row));
        }
        return batch.build();
    }

    static void add(PackedTokens.Builder batch, JsonNode ids, JsonNode labels, JsonNode mask) {
        int[] live = mask == null ? new int[ids.size()] : Golden.ints(mask);
        int length = mask == null ? ids.size() : (int) IntStream.of(live).filter(m -> m != 0).count();
        int[] sequence = new int[length];
        boolean[] scored = new boolean[length];
        for (int t = 0; t < length; t++) {
            sequence[t] = ids.get(t).asInt();
            scored[t] = labels.get(t).asInt() >= 0;
        }
        batch.add(sequence, EpochOrder.straight(length), scored);
    }

    static double[] doubles(INDArray array) {
        return array.dup('c').reshape(array.length()).toDoubleVector();
    }

    static Map<String, double[]> copy(Map<String, INDArray> arrays) {
        Map<String, double[]> copy = new LinkedHashMap<>();
        arrays.forEach((name, array) -> copy.put(name, doubles(array)));
        return copy;
    }

    /** Compares gradients with a table; where it holds no whole arrays, by norm, sum and first values. Returns the largest error. */
    static double gradients(String folder, JsonNode table, Map<String, double[]> gradients, String what) {
        Map<String, Golden.Tensor> whole = table.has("file") ? Golden.parameters(folder, table) : Map.of();
        double worst = 0;
        for (JsonNode row : table.get("params")) {
            String name = row.get("name").asText();
            double[] values = gradients.get(name);
            double size = row.get("l2").doubleValue();
            double error = whole.isEmpty()
                    ? Math.max(Math.abs(norm(values) - size) / size, firstValues(row, values) / size)
                    : distance(values, whole.get(name).doubles()) / size;
            worst = Math.max(worst, error);
            assertTrue(error <= GRADIENT, what + " " + name + ": relative error " + error);
        }
        assertEquals(table.get("params").size(), gradients.size(), what + ": number of parameters");
        report(what + ", worst parameter's relative error", worst);
        return worst;
    }

    /** Compares parameters after some steps with a table, measured by how far they had moved. */
    static void parameters(String folder, JsonNode table, Map<String, double[]> before, Map<String, double[]> after, String what) {
        Map<String, Golden.Tensor> whole = table.has("file") ? Golden.parameters(folder, table) : Map.of();
        double moved = 0;
        double missed = 0;
        double worst = 0;
        for (JsonNode row : table.get("params")) {
            String name = row.get("name").asText();
            double[] now = after.get(name);
            int known = whole.isEmpty() ? row.get("first8").size() : now.length;
            double[] expected = whole.isEmpty() ? Golden.doubles(row.get("first8")) : whole.get(name).doubles();
            double movedHere = 0;
            double missedHere = 0;
            for (int i = 0; i < known; i++) {
                movedHere += square(expected[i] - before.get(name)[i]);
                missedHere += square(expected[i] - now[i]);
            }
            moved += movedHere;
            missed += missedHere;
            worst = Math.max(worst, Math.sqrt(missedHere / movedHere));
            assertEquals(row.get("l2").doubleValue(), norm(now), 1e-4 * row.get("l2").doubleValue(), what + " " + name + ": norm");
        }
        double limit = whole.isEmpty() ? UPDATE_OF_FEW : UPDATE;
        assertTrue(Math.sqrt(missed / moved) <= limit, what + ": error of all updates " + Math.sqrt(missed / moved));
        assertTrue(whole.isEmpty() || worst <= WORST_UPDATE, what + ": error of the worst parameter's update " + worst);
        report(what + ", error of all updates", Math.sqrt(missed / moved));
        report(what + ", error of the worst parameter's update", worst);
    }

    /** Length of the way from one state to another, over all parameters. */
    static double way(Map<String, double[]> from, Map<String, double[]> to) {
        double sum = 0;
        for (String name : from.keySet()) {
            sum += square(distance(from.get(name), to.get(name)));
        }
        return Math.sqrt(sum);
    }

    static void report(String what, double error) {
        System.out.printf(Locale.ROOT, "golden: %s: %.1e%n", what, error);
    }

    private static double firstValues(JsonNode row, double[] values) {
        double[] expected = Golden.doubles(row.get("first8"));
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += square(expected[i] - values[i]);
        }
        return Math.sqrt(sum);
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += square(a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }

    private static double norm(double[] values) {
        return distance(values, new double[values.length]);
    }

    private static double square(double x) {
        return x * x;
    }
}
