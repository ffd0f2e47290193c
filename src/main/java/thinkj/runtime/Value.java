package thinkj.runtime;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What nodes read and write: given from outside, a constant of the graph, or computed. Its shape is known only when shapes are given. */
final class Value {
    private final String name;
    private final DataType type;
    private final boolean given;
    private final INDArray constant;
    private Value shared;

    private Value(String name, DataType type, boolean given, INDArray constant) {
        this.name = name;
        this.type = type;
        this.given = given;
        this.constant = constant;
    }

    static Value given(String name, DataType type) {
        return new Value(name, type, true, null);
    }

    static Value constant(String name, INDArray array) {
        return new Value(name, array.dataType(), false, array);
    }

    static Value computed(String name, DataType type) {
        return new Value(name, type, false, null);
    }

    String name() {
        return name;
    }

    DataType type() {
        return type;
    }

    boolean isGiven() {
        return given;
    }

    /** The array of a constant, otherwise null. */
    INDArray constant() {
        return constant;
    }

    boolean isComputed() {
        return !given && constant == null;
    }

    /** The value whose memory this one lives in: itself, or the first of the sums that it is a part of. */
    Value memory() {
        Value value = this;
        while (value.shared != null) {
            value = value.shared;
        }
        return value;
    }

    void liveIn(Value other) {
        shared = other.memory();
    }

    @Override
    public String toString() {
        return name;
    }
}
