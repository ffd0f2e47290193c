package thinkj.kernels;

import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastAddOp;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Attention by ND4J calls, a sequence at a time: one product a head into a block of scores [H, L, T], one softmax over the block. L are
 * a sequence's queries, T its keys: equal in training, T = past + L over a cache.
 */
final class Nd4jAttention {
    private final Scratch scratch;
    private INDArray mask;
    private long maskPast = -1;

    Nd4jAttention(Scratch scratch) {
        this.scratch = scratch;
    }

    /** Keys or values of one sequence: rows of a matrix whose rows hold all key and value heads. */
    private record Rows(INDArray array, long offset, long count, Heads heads) {

        static Rows of(INDArray array, long first, long count, Heads heads) {
            return new Rows(array, array.offset() + first * array.size(1), count, heads);
        }

        /** One head, [count, d], a view. */
        INDArray head(int head) {
            long stride = array.size(array.rank() - 1);
            long at = offset + (long) head * heads.size();
            return Nd4j.create(array.data(), new long[] {count, heads.size()}, new long[] {stride, 1}, at, 'c', array.dataType());
        }
    }

    void forward(INDArray q, INDArray k, INDArray v, int[] starts, Heads heads, INDArray out) {
        for (int s = 0; s + 1 < starts.length; s++) {
            long length = starts[s + 1] - starts[s];
            Rows keys = Rows.of(k, starts[s], length, heads);
            Rows values = Rows.of(v, starts[s], length, heads);
            attend(Rows.of(q, starts[s], length, heads), keys, values, heads, Rows.of(out, starts[s], length, heads));
        }
    }

    void paged(
            INDArray q, INDArray k, INDArray v, PagedRows where, INDArray keyCache, INDArray valueCache, Heads heads, INDArray out) {
        out.assign(0);
        int[] firstBlocks = where.firstBlocks();
        for (int s = 0; s < where.sequences(); s++) {
            long first = where.starts()[s];
            int past = where.past()[s];
            int length = where.length(s);
            int tokens = where.tokens(s);
            if (tokens > 0) {
                where.through(firstBlocks[s], past, length, (row, place, count) -> {
                    copy(k, first + row, keyCache, place, count);
                    copy(v, first + row, valueCache, place, count);
                });
                INDArray keys = scratch.take("keys", length, k.size(1));
                INDArray values = scratch.take("values", length, v.size(1));
                where.through(firstBlocks[s], 0, length, (row, place, count) -> {
                    copy(keyCache, place, keys, row, count);
                    copy(valueCache, place, values, row, count);
                });
                attend(
                        Rows.of(q, first, tokens, heads),
                        Rows.of(keys, 0, length, heads),
                        Rows.of(values, 0, length, heads),
                        heads,
                        Rows.of(out, first, tokens, heads));
            }
        }
    }

    /** Copies rows of the same width. */
    private static void copy(INDArray from, long fromRow, INDArray to, long toRow, long count) {
        long width = from.size(from.rank() - 1);
        view(to, to.offset() + toRow * width, count * width).assign(view(from, from.offset() + fromRow * width, count * width));
    }

    /** A contiguous view of some shape, from an offset of the buffer on. */
    private static INDArray view(INDArray of, long offset, long... shape) {
        return Nd4j.create(of.data(), shape, Scratch.strides(shape), offset, 'c', of.dataType());
    }

    private void attend(Rows q, Rows k, Rows v, Heads heads, Rows out) {
        INDArray p = probabilities(q, k, heads);
        for (int h = 0; h < heads.query(); h++) {
            Nd4jKernels.gemm(block(p, h), false, v.head(h / heads.group()), false, out.head(h), 1, 0);
        }
    }

    /** Attention probabilities of one sequence, [H, L, T]. */
    private INDArray probabilities(Rows q, Rows k, Heads heads) {
        INDArray p = scratch.take("probabilities", heads.query(), q.count(), k.count());
        double scale = 1 / Math.sqrt(heads.size());
        INDArray mask = mask(q.count(), k.count());
        for (int h = 0; h < heads.query(); h++) {
            INDArray scores = block(p, h);
            Nd4jKernels.gemm(q.head(h), false, k.head(h / heads.group()), true, scores, scale, 0);
            if (mask != null) {
                scores.addi(mask);
            }
        }
        INDArray rows = flat(p);
        Nd4j.exec(new SoftMax(rows, rows, -1));
        return p;
    }

    void backward(INDArray dOut, INDArray q, INDArray k, INDArray v, int[] starts, Heads heads, INDArray dq, INDArray dk, INDArray dv) {
        for (int s = 0; s + 1 < starts.length; s++) {
            long first = starts[s];
            long length = starts[s + 1] - first;
            Rows queries = Rows.of(q, first, length, heads);
            Rows keys = Rows.of(k, first, length, heads);
            INDArray p = probabilities(queries, keys, heads);
            INDArray dScores = scoresGrad(p, Rows.of(dOut, first, length, heads), Rows.of(v, first, length, heads), heads);
            double scale = 1 / Math.sqrt(heads.size());
            for (int h = 0; h < heads.query(); h++) {
                int shared = h / heads.group();
                double beta = h % heads.group() == 0 ? 0 : 1;
                INDArray ds = block(dScores, h);
                Nd4jKernels.gemm(ds, false, keys.head(shared), false, Rows.of(dq, first, length, heads).head(h), scale, 0);
                Nd4jKernels.gemm(ds, true, queries.head(h), false, Rows.of(dk, first, length, heads).head(shared), scale, beta);
                INDArray dOutHead = Rows.of(dOut, first, length, heads).head(h);
                Nd4jKernels.gemm(block(p, h), true, dOutHead, false, Rows.of(dv, first, length, heads).head(shared), 1, beta);
            }
        }
    }

    /** {@code p·(dp − Σ dp·p)} by rows, [H, L, T], with {@code dp = dOut·vᵀ}. */
    private INDArray scoresGrad(INDArray p, Rows dOut, Rows v, Heads heads) {
        INDArray dp = scratch.take("probabilitiesGrad", p.shape());
        for (int h = 0; h < heads.query(); h++) {
            Nd4jKernels.gemm(dOut.head(h), false, v.head(h / heads.group()), true, block(dp, h), 1, 0);
        }
        INDArray product = scratch.take("probabilitiesProduct", p.shape());
        dp.muli(p, product);
        INDArray rows = flat(dp);
        try (INDArray sums = flat(product).sum(1)) {
            rows.subiColumnVector(sums);
        }
        dp.muli(p);
        return dp;
    }

    private static INDArray block(INDArray blocks, long index) {
        return view(blocks, index * blocks.size(1) * blocks.size(2), blocks.size(1), blocks.size(2));
    }

    private static INDArray flat(INDArray blocks) {
        return view(blocks, 0, blocks.size(0) * blocks.size(1), blocks.size(2));
    }

    /** What hides later keys, [L, T]: minus infinity where key t is behind query l; null for a single query, which sees all. */
    private INDArray mask(long queries, long keys) {
        if (queries == 1) {
            return null;
        }
        long past = keys - queries;
        if (mask == null || mask.size(0) != queries || maskPast != past) {
            float[] values = new float[Math.toIntExact(queries * keys)];
            for (int l = 0; l < queries; l++) {
                for (long t = past + l + 1; t < keys; t++) {
                    values[(int) (l * keys + t)] = Float.NEGATIVE_INFINITY;
                }
            }
            if (mask != null) {
                mask.close();
            }
            mask = Nd4j.createFromArray(values).reshape('c', queries, keys);
            maskPast = past;
        }
        return mask;
    }
}
