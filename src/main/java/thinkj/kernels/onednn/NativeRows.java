package thinkj.kernels.onednn;

import org.nd4j.linalg.api.buffer.DataType;

/** Rows of a matrix without gaps, fp32 or bf16, as Java's floats. */
record NativeRows(long address, DataType type, int width) {

    long at(long row) {
        return address + row * width * type.width();
    }

    /** @param bits as long as a row; used up where rows are bf16 */
    void read(long row, float[] to, short[] bits) {
        if (type == DataType.FLOAT) {
            Memory.read(at(row), to, width);
        } else {
            Memory.read(at(row), bits, width);
            Bf16.toFloats(bits, to);
        }
    }

    /** As {@link #read}. */
    void write(float[] values, long row, short[] bits) {
        if (type == DataType.FLOAT) {
            Memory.write(values, width, at(row));
        } else {
            Bf16.fromFloats(values, bits);
            Memory.write(bits, width, at(row));
        }
    }

    /** Writes one value. */
    void put(float value, long row, long column) {
        new NativeRows(at(row) + column * type.width(), type, 1).write(new float[] {value}, 0, new short[1]);
    }
}
