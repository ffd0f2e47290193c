package thinkj.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import thinkj.device.CpuNatives;
import thinkj.device.CudaSupport;
import thinkj.device.Machine;
import thinkj.io.Sizes;
import thinkj.io.Json;
import thinkj.kernels.Engine;
import thinkj.kernels.onednn.OneDnn;

/** {@code thinkj doctor}: what this machine gives. Ends with 2 where ND4J's binaries cannot run on it. */
@WithoutTensors
@Command(name = "doctor", description = "Says what this machine gives: Java, CPU, memory, ND4J's natives and backend, GPU.")
public final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        Main.exit(new DoctorCommand(), arguments);
    }

    @Override
    public Integer call() {
        boolean cuda = CudaSupport.isCudaBuild();
        List<CudaSupport.Gpu> gpus = CudaSupport.gpus();
        Optional<String> refusal = cuda ? CudaSupport.refusal(gpus) : Optional.empty();
        ObjectNode report = machine();
        report.put("backend", cuda ? "cuda" : "cpu");
        ArrayNode shown = report.putArray("gpus");
        gpus.forEach(gpu -> shown.addObject()
                .put("name", gpu.name()).put("compute_capability", gpu.computeCapability()).put("driver", gpu.driver()));
        report.put("nd4j", refusal.isPresent() ? "not started" : started());
        report.put("kernels", refusal.isPresent() ? "not started" : kernels());
        report.put("problem", refusal.orElse(null));
        var out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(report));
        } else {
            report.properties().forEach(field -> print(out, field.getKey(), field.getValue()));
        }
        out.flush();
        return refusal.isPresent() ? ExitCode.USAGE : ExitCode.OK;
    }

    private static ObjectNode machine() {
        ObjectNode report = Json.MAPPER.createObjectNode();
        report.put("java", System.getProperty("java.version") + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home"));
        report.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + System.getProperty("os.arch"));
        report.put("cores", Machine.cores());
        report.put("cpu_features", String.join(" ", CpuNatives.notableFlags()));
        report.put("natives", CpuNatives.installed().label());
        report.put("physical_memory", Machine.physicalMemory());
        report.put("heap_limit", Machine.heapLimit());
        report.put("off_heap_limit", Machine.offHeapLimit());
        return report;
    }

    /** Loads ND4J's natives and lets them multiply. */
    private static String started() {
        double sum = Nd4j.ones(2, 2).mmul(Nd4j.ones(2, 2)).sumNumber().doubleValue();
        return Nd4j.getBackend().getClass().getSimpleName() + (sum == 8 ? ", works" : ", computes 1·1 + 1·1 = " + sum / 4);
    }

    /** What training and scoring compute with unless they are told otherwise, and whether in bf16 too. */
    private static String kernels() {
        try (Engine engine = Engine.standard()) {
            return engine.description() + (OneDnn.hasBf16() ? " or bf16" : "");
        }
    }

    private static void print(PrintWriter out, String name, JsonNode value) {
        if (value.isNull() || value.isArray() && value.isEmpty()) {
            return;
        }
        boolean bytes = name.endsWith("memory") || name.endsWith("limit");
        String text = bytes ? Sizes.shown(value.longValue()) : value.isValueNode() ? value.asText() : value.toString();
        out.printf("%-16s %s%n", name.replace('_', ' '), text);
    }
}
