package thinkj.ui;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.management.ManagementFactory;
import java.util.Map;
import org.deeplearning4j.ui.model.stats.StatsListener;
import org.deeplearning4j.ui.model.stats.api.StatsInitializationReport;
import org.deeplearning4j.ui.model.stats.api.StatsReport;
import org.deeplearning4j.ui.model.stats.impl.java.JavaStatsInitializationReport;
import org.deeplearning4j.ui.model.stats.impl.java.JavaStatsReport;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.device.Machine;
import thinkj.device.Usage;

/** Deeplearning4j's reports, filled with what is known of a run of ours. */
final class Reports {
    static final String TYPE = StatsListener.TYPE_ID;

    /** A run has one process. */
    static final String WORKER = "thinkj";

    private Reports() {}

    /**
     * What does not change in a run.
     *
     * @param start the last line of {@code environment.jsonl}
     */
    static StatsInitializationReport ofRun(String session, long time, JsonNode start) {
        StatsInitializationReport report = new JavaStatsInitializationReport();
        report.reportIDs(session, TYPE, WORKER, time);
        report.reportModelInfo(
                start.path("recipe").asText(), "", new String[0], start.path("layers").asInt(), start.path("parameters").asLong());
        report.reportHardwareInfo(
                Machine.cores(), 0, Machine.heapLimit(), Machine.offHeapLimit(), new long[0], new String[0], Machine.cpu());
        report.reportSoftwareInfo(
                System.getProperty("os.arch"), System.getProperty("os.name"), System.getProperty("java.vm.name"),
                System.getProperty("java.version"), System.getProperty("java.specification.version"), Nd4j.getNDArrayFactory().getClass().getName(),
                Nd4j.dataType().name(), "localhost", WORKER, Map.of());
        return report;
    }

    /** A curve's point. */
    static StatsReport ofPoint(String session, long time, int step, double value) {
        StatsReport report = new JavaStatsReport();
        report.reportIDs(session, TYPE, WORKER, time);
        report.reportIterationCount(step);
        report.reportScore(value);
        return report;
    }

    /**
     * What the process has of memory.
     *
     * @param heap bytes of Java's objects
     * @param offHeap bytes outside the Java heap
     */
    record Memory(long heap, long offHeap) {

        static Memory now() {
            return new Memory(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), Usage.offHeap());
        }

        void addTo(StatsReport report) {
            report.reportMemoryUse(heap, Machine.heapLimit(), offHeap, Machine.offHeapLimit(), new long[0], new long[0]);
        }
    }
}
