package thinkj.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ChartTest {

    /** Under the names that {@code timings.jsonl} has. */
    @Test
    void memoryIsOneChart() {
        Map<String, Series> series = new LinkedHashMap<>();
        SortedMap<Integer, Double> points = new TreeMap<>(Map.of(1, 2.5, 2, 2.5));
        for (String name : List.of("memory/resident_gib", "memory/off_heap_gib", "memory/peak_resident_gib")) {
            series.put(name, Series.of(name, points));
        }
        List<Chart> charts = Chart.of(series);
        assertEquals(1, charts.size());
        assertEquals("Memory, GiB", charts.get(0).title());
        assertEquals(series.keySet().stream().toList(), charts.get(0).curves().stream().map(Series::name).toList());
        assertEquals(List.of(), Chart.rest(series));
    }
}
