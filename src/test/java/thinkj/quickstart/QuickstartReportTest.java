package thinkj.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import thinkj.io.Json;

class QuickstartReportTest {

    private static QuickstartReport report() {
        Map<String, Map<String, Double>> stages = new LinkedHashMap<>();
        stages.put("base", values(50.25));
        stages.put("sft", values(81));
        return new QuickstartReport(stages, 123.44);
    }

    private static Map<String, Double> values(double accuracy) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("single_accuracy", accuracy);
        values.put("pair_accuracy", 2.0);
        values.put("pair_agreement_rate", 3.0);
        values.put("failure_rate", 0.5);
        return values;
    }

    @Test
    void jsonHasAnObjectForEachStageAndTheSeconds() {
        assertEquals("{\"base\":{\"single_accuracy\":50.25,\"pair_accuracy\":2.0,\"pair_agreement_rate\":3.0,\"failure_rate\":0.5},"
                + "\"sft\":{\"single_accuracy\":81.0,\"pair_accuracy\":2.0,\"pair_agreement_rate\":3.0,\"failure_rate\":0.5},"
                + "\"seconds\":123.4}", Json.line(report().json()));
    }

    @Test
    void tableHasALineForEachStage() {
        assertEquals("""
                percent        accuracy  pair accuracy      agreement       failures
                base              50.25           2.00           3.00           0.50
                sft               81.00           2.00           3.00           0.50
                """, report().table());
    }
}
