package thinkj.kernels;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import thinkj.device.CpuNatives;

/** What benchmarks of kernels share: how they are timed, the engine, and arrays that are closed when they end. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(value = 1, jvmArgsAppend = {"-Xmx1g", "-Dorg.bytedeco.javacpp.maxphysicalbytes=0"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class KernelTimings {
    private final List<INDArray> arrays = new ArrayList<>();
    private Engine engine;
    Kernels kernels;

    /** Has the kernels made; to be called first. */
    final void use(Engine.Choice choice, Precision precision) {
        CpuNatives.install();
        engine = Engine.of(choice, precision);
        kernels = engine.kernels();
    }

    /** Numbers between −0.5 and 0.5. */
    final INDArray random(DataType type, long... shape) {
        INDArray values = Nd4j.rand(DataType.FLOAT, shape).subi(0.5);
        if (type == DataType.FLOAT) {
            return kept(values);
        }
        try (values) {
            return kept(values.castTo(type));
        }
    }

    final INDArray kept(INDArray array) {
        arrays.add(array);
        return array;
    }

    @TearDown(Level.Trial)
    public final void close() {
        arrays.forEach(INDArray::close);
        engine.close();
    }
}
