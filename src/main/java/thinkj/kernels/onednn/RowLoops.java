package thinkj.kernels.onednn;

/** What token log-probabilities do row by row. */
final class RowLoops {

    private RowLoops() {}

    /** Logits of the targets alone: {@code h[i]·w[ids[i]] / temperature}, both of them in the type of h. */
    static double[] logits(NativeRows h, NativeRows w, int[] ids, double temperature) {
        double[] logits = new double[ids.length];
        Cores.split(ids.length, bytes(h) + bytes(w), (first, last) -> {
            float[] a = new float[h.width()];
            float[] b = new float[h.width()];
            short[] bits = new short[h.width()];
            for (int i = (int) first; i < last; i++) {
                h.read(i, a, bits);
                w.read(ids[i], b, bits);
                if (h.type() != w.type()) {
                    Bf16.round(b, bits);
                }
                double sum = 0;
                for (int d = 0; d < a.length; d++) {
                    sum += (double) a[d] * b[d];
                }
                logits[i] = sum / temperature;
            }
        });
        return logits;
    }

    /** {@code to[i] = factors[i]·rows[i]}. */
    static void scale(NativeRows rows, float[] factors, int count, NativeRows to) {
        Cores.split(count, bytes(rows) + bytes(to), (first, last) -> {
            float[] row = new float[rows.width()];
            short[] bits = new short[rows.width()];
            for (int i = (int) first; i < last; i++) {
                rows.read(i, row, bits);
                for (int d = 0; d < row.length; d++) {
                    row[d] *= factors[i];
                }
                to.write(row, i, bits);
            }
        });
    }

    private static long bytes(NativeRows rows) {
        return (long) rows.width() * rows.type().width();
    }
}
