package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_data_type_undef;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_binary;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;

/** What is done to a result, in order and in fp32, before it is stored. An immutable value. */
record PostOps(List<PostOps.Op> ops) {
    static final PostOps NONE = new PostOps(List.of());

    private enum Kind { SUM, ELTWISE, BINARY }

    /** One of them: {@code algorithm}, {@code alpha} and {@code beta} as oneDNN has them, {@code other} for two operands. */
    record Op(Enum<?> kind, int algorithm, float alpha, float beta, Layout other) {}

    /** Adds what the destination holds. */
    PostOps sum() {
        return with(new Op(Kind.SUM, 0, 1, 0, null));
    }

    PostOps scale(double factor) {
        return eltwise(dnnl_eltwise_linear, factor, 0);
    }

    /** @param algorithm one of oneDNN's {@code dnnl_eltwise_}s */
    PostOps eltwise(int algorithm, double alpha, double beta) {
        return with(new Op(Kind.ELTWISE, algorithm, (float) alpha, (float) beta, null));
    }

    /** Adds another operand, broadcast where its size is 1; its address comes last at {@link Primitive#run}. */
    PostOps add(Layout other) {
        return with(new Op(Kind.BINARY, dnnl_binary_add, 0, 0, other));
    }

    /** Multiplies by another operand, as {@link #add} adds one. */
    PostOps multiply(Layout other) {
        return with(new Op(Kind.BINARY, dnnl_binary_mul, 0, 0, other));
    }

    /** The same on a result that is taken as so many {@link Layout#columns}. */
    PostOps columns(long parts) {
        return new PostOps(ops.stream()
                .map(op -> op.other == null ? op : new Op(op.kind, op.algorithm, op.alpha, op.beta, op.other.columns(parts)))
                .toList());
    }

    /** Whether no other operand is broadcast over so many rows. */
    boolean haveAllRows(long rows) {
        return ops.stream().allMatch(op -> op.other == null || op.other.size(0) == rows);
    }

    private PostOps with(Op op) {
        List<Op> more = new ArrayList<>(ops);
        more.add(op);
        return new PostOps(List.copyOf(more));
    }

    void appendTo(dnnl_post_ops list) {
        for (Op op : ops) {
            OneDnn.check(append(list, op), op);
        }
    }

    private static int append(dnnl_post_ops list, Op op) {
        if (op.kind == Kind.SUM) {
            return dnnl_post_ops_append_sum(list, op.alpha, 0, dnnl_data_type_undef);
        }
        if (op.kind == Kind.ELTWISE) {
            return dnnl_post_ops_append_eltwise(list, op.algorithm, op.alpha, op.beta);
        }
        dnnl_memory_desc descriptor = op.other.descriptor();
        int status = dnnl_post_ops_append_binary(list, op.algorithm, descriptor);
        dnnl_memory_desc_destroy(descriptor);
        return status;
    }
}
