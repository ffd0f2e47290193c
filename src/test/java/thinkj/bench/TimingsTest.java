package thinkj.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TimingsTest {

    @Test
    void theMedianIsTheMiddleOne() {
        assertEquals(3, Timings.median(List.of(9.0, 1.0, 3.0)));
        assertEquals(2.5, Timings.median(List.of(9.0, 1.0, 3.0, 2.0)));
    }

    @Test
    void nodesAddUpByKindMostFirst() {
        NodeTimes nodes = new NodeTimes();
        nodes.ran("thinkj_rms_norm", 1_000_000_000);
        nodes.ran("thinkj_linear", 2_000_000_000);
        nodes.ran("thinkj_linear", 4_000_000_000L);
        assertEquals(7_000_000_000L, nodes.all());
        assertEquals(3, nodes.count());
        assertEquals(List.of(Map.entry("linear", 3.0), Map.entry("rms_norm", 0.5)), List.copyOf(nodes.seconds(2).entrySet()));
    }
}
