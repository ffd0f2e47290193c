package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import thinkj.io.Json;

class DoctorCommandTest {
    @Test
    void theMachineAsJson() throws Exception {
        JsonNode report = Json.MAPPER.readTree(run("--json"));
        assertEquals("cpu", report.get("backend").asText());
        assertEquals("CpuBackend, works", report.get("nd4j").asText());
        String kernels = report.get("kernels").asText();
        assertTrue(kernels.matches("oneDNN [0-9.]+, fp32( or bf16)?|ND4J, fp32 \\(.+\\)"), kernels);
        assertTrue(report.get("problem").isNull());
        assertTrue(report.get("physical_memory").longValue() > report.get("heap_limit").longValue() / 2);
        assertEquals(Runtime.getRuntime().availableProcessors(), report.get("cores").intValue());
    }

    @Test
    void theMachineInWords() {
        String text = run();
        assertTrue(text.contains("natives          "), text);
        assertTrue(text.matches("(?s).*heap limit +[0-9.]+ GiB\n.*"), text);
    }

    private static String run(String... arguments) {
        StringWriter out = new StringWriter();
        assertEquals(0, Standard.dress(new CommandLine(new DoctorCommand())).setOut(new PrintWriter(out)).execute(arguments));
        return out.toString();
    }
}
