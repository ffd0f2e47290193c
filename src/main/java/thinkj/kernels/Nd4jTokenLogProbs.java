package thinkj.kernels;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Log-probabilities and entropies of targets by ND4J calls, in chunks of tokens. */
final class Nd4jTokenLogProbs {
    /** Logits held at a time: 32 MiB of them. */
    private static final long CHUNK_ELEMENTS = 1L << 23;

    private final Scratch scratch;
    private INDArray ones;

    Nd4jTokenLogProbs(Scratch scratch) {
        this.scratch = scratch;
    }

    /** Rows of one chunk and what is known of them: logits and probabilities [C, V], log-sum-exp and entropy [C]. */
    private record Chunk(INDArray logits, INDArray probabilities, INDArray logSumExp, INDArray entropy) implements AutoCloseable {
        @Override
        public void close() {
            logSumExp.close();
            entropy.close();
        }
    }

    void forward(INDArray h, INDArray w, INDArray ids, double temperature, INDArray logProbs, INDArray entropy) {
        long step = chunkRows(w);
        for (long from = 0; from < h.size(0); from += step) {
            long to = Math.min(h.size(0), from + step);
            try (Chunk chunk = chunk(rows(h, from, to), w, temperature);
                    INDArray chosen = targets(chunk.logits, rows(ids, from, to))) {
                rows(logProbs, from, to).assign(chosen.subi(chunk.logSumExp));
                if (entropy != null) {
                    rows(entropy, from, to).assign(chunk.entropy);
                }
            }
        }
    }

    /**
     * With p the softmax, H the entropy and {@code log p = logit − lse}: the logit's gradient is
     * {@code dLogProb·(onehot − p) − dEntropy·p·(log p + H)}, over the temperature.
     *
     * @param dw null if nobody asks for it
     */
    void backward(
            INDArray dLogProbs, INDArray dEntropy, INDArray h, INDArray w, INDArray ids, double temperature, INDArray dh, INDArray dw) {
        long step = chunkRows(w);
        if (h.size(0) == 0 && dw != null) {
            dw.assign(0);
        }
        for (long from = 0; from < h.size(0); from += step) {
            long to = Math.min(h.size(0), from + step);
            try (Chunk chunk = chunk(rows(h, from, to), w, temperature)) {
                INDArray dLogits = dLogits(chunk, rows(dLogProbs, from, to), rows(dEntropy, from, to), rows(ids, from, to));
                dLogits.divi(temperature);
                Nd4jKernels.gemm(dLogits, false, w, false, rows(dh, from, to), 1, 0);
                if (dw != null) {
                    Nd4jKernels.gemm(dLogits, true, rows(h, from, to), false, dw, 1, from == 0 ? 0 : 1);
                }
            }
        }
    }

    private static INDArray dLogits(Chunk chunk, INDArray dLogProbs, INDArray dEntropy, INDArray ids) {
        // Becomes log p + H, times −dEntropy, minus dLogProb, times p.
        INDArray d = chunk.logits;
        try (INDArray shift = chunk.entropy.sub(chunk.logSumExp)) {
            d.addiColumnVector(shift);
        }
        try (INDArray factor = dEntropy.neg()) {
            Nd4j.exec(new BroadcastMulOp(d, factor, d, 0));
        }
        d.subiColumnVector(dLogProbs);
        d.muli(chunk.probabilities);
        try (INDArray at = targetIndices(ids)) {
            Nd4j.exec(DynamicCustomOp.builder("scatter_nd_add").addInputs(d, at, dLogProbs).addOutputs(d).build());
        }
        return d;
    }

    private Chunk chunk(INDArray h, INDArray w, double temperature) {
        long[] shape = {h.size(0), w.size(0)};
        INDArray logits = scratch.take("logits", shape);
        Nd4jKernels.gemm(h, false, w, true, logits, 1 / temperature, 0);
        INDArray p = scratch.take("vocabularyProbabilities", shape);
        try (INDArray max = logits.max(1)) {
            p.assign(logits).subiColumnVector(max);
            Transforms.exp(p, false);
            INDArray sum = rowSums(p);
            p.diviColumnVector(sum);
            INDArray logSumExp = Transforms.log(sum, false).addi(max);
            return new Chunk(logits, p, logSumExp, entropy(logits, p, logSumExp));
        }
    }

    private INDArray entropy(INDArray logits, INDArray p, INDArray logSumExp) {
        INDArray product = scratch.take("vocabularyProduct", p.shape());
        p.muli(logits, product);
        return rowSums(product).rsubi(logSumExp);
    }

    /**
     * Sums of rows, [C]: as a product with ones, which adds in many lanes. ND4J's own sum adds one by one, and over a vocabulary that
     * loses three more digits.
     */
    private INDArray rowSums(INDArray rows) {
        long columns = rows.size(1);
        if (ones == null || ones.length() != columns) {
            if (ones != null) {
                ones.close();
            }
            ones = Nd4j.ones(DataType.FLOAT, columns, 1);
        }
        INDArray sums = Nd4j.createUninitialized(DataType.FLOAT, rows.size(0));
        Nd4jKernels.gemm(rows, false, ones, false, sums.reshape(rows.size(0), 1), 1, 0);
        return sums;
    }

    private static INDArray targets(INDArray logits, INDArray ids) {
        INDArray out = Nd4j.createUninitialized(logits.dataType(), ids.length());
        try (INDArray at = targetIndices(ids)) {
            Nd4j.exec(DynamicCustomOp.builder("gather_nd").addInputs(logits, at).addOutputs(out).build());
        }
        return out;
    }

    /** Pairs of row and target, [C, 2]. */
    private static INDArray targetIndices(INDArray ids) {
        int[] targets = ids.toIntVector();
        int[][] at = new int[targets.length][];
        for (int i = 0; i < targets.length; i++) {
            at[i] = new int[] {i, targets[i]};
        }
        return Nd4j.createFromArray(at);
    }

    private static long chunkRows(INDArray w) {
        return Math.max(1, CHUNK_ELEMENTS / w.size(0));
    }

    private static INDArray rows(INDArray array, long from, long to) {
        if (from == 0 && to == array.size(0)) {
            return array;
        }
        return array.rank() == 1
                ? array.get(NDArrayIndex.interval(from, to))
                : array.get(NDArrayIndex.interval(from, to), NDArrayIndex.all());
    }
}
