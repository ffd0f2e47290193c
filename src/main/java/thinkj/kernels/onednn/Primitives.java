package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_inference;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_rms_norm;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;

import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import thinkj.kernels.NativeThreads;

/**
 * Prepared computations of one thread: a stream, a scratchpad that they take turns in, and a cache of {@link Primitive}s, those that
 * were longest not asked for leaving first. Preparing takes milliseconds, finding a fraction of a microsecond.
 */
final class Primitives {
    private static final Cleaner CLEANER = Cleaner.create();

    /** A layer's handful, for some dozens of different numbers of tokens. */
    private static final int MOST = 1024;

    /** Bytes of an operand from which on several threads are faster than one: waking another takes some tens of microseconds. */
    private static final long WORTHWHILE = 1 << 20;

    private final dnnl_stream stream = new dnnl_stream();
    private final NativeScratch scratch = new NativeScratch();
    private final Map<Object, Primitive> cache = new LinkedHashMap<>(256, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Primitive> eldest) {
            return size() > MOST;
        }
    };

    /** What is computed is put here too; null where nobody wants to know. */
    private List<Runnable> recorded;

    Primitives() {
        OneDnn.check(dnnl_stream_create(stream, OneDnn.engine(), dnnl_stream_default_flags), "a stream");
        dnnl_stream held = stream;
        CLEANER.register(this, () -> dnnl_stream_destroy(held));
    }

    dnnl_stream stream() {
        return stream;
    }

    /** Address of the memory that primitives work in, one at a time. */
    long scratchpad(long bytes) {
        return scratch.take("scratchpad", bytes);
    }

    /** Named memory between kernels of this thread. */
    NativeScratch scratch() {
        return scratch;
    }

    /**
     * Prepares what an action computes by these primitives on memory that stays where it is. Its first runs are the action itself, until
     * scratch memory has stayed where it was during one; the next ones only compute again what that one did, unless scratch memory has
     * moved since.
     *
     * @param action the same primitives on the same addresses every time, and of anything else only what it does by {@link #run}
     */
    Runnable prepared(Runnable action) {
        return new Prepared(action);
    }

    private final class Prepared implements Runnable {
        private final Runnable action;
        private Runnable[] steps;
        private long moves;

        Prepared(Runnable action) {
            this.action = action;
        }

        @Override
        public void run() {
            if (steps != null && moves == scratch.moves()) {
                for (Runnable step : steps) {
                    step.run();
                }
            } else {
                long before = scratch.moves();
                Runnable[] done = record(action);
                moves = scratch.moves();
                // What moved while the action ran has left the steps before it at addresses that are no longer good.
                steps = moves == before ? done : null;
            }
        }
    }

    private Runnable[] record(Runnable action) {
        recorded = new ArrayList<>();
        try {
            action.run();
            return recorded.toArray(Runnable[]::new);
        } finally {
            recorded = null;
        }
    }

    /** Does something between primitives. */
    void run(Runnable between) {
        between.run();
        if (recorded != null) {
            recorded.add(between);
        }
    }

    /** Told by a primitive of these that it has computed. */
    void ran(Primitive primitive, long[] addresses) {
        if (recorded != null) {
            recorded.add(() -> primitive.run(addresses));
        }
    }

    private record MatMul(Layout a, Layout b, Layout bias, Layout c, PostOps then) {}

    private record Softmax(Layout in, Layout out, boolean backward) {}

    private record Eltwise(int algorithm, float alpha, float beta, Layout in, Layout out, PostOps then) {}

    private record EltwiseGrad(int algorithm, float alpha, float beta, Layout of) {}

    private record Norm(Layout in, Layout out, float eps) {}

    private record Binary(int algorithm, Layout a, Layout b, Layout out, PostOps then) {}

    private record Reorder(Layout from, Layout to, PostOps then) {}

    /**
     * {@code c = then(a·b + bias)} over the last two dimensions, the others being batches (of size 1 where broadcast).
     *
     * @param bias of c's rank, broadcast where its size is 1; null for none
     * @return runs on a, b, (bias,) c, and what {@code then} adds or multiplies
     */
    Primitive matMul(Layout a, Layout b, Layout bias, Layout c, PostOps then) {
        MatMul key = new MatMul(a, b, bias, c, then);
        Primitive found = cache.get(key);
        return found != null ? found : keep(key, false, then, bias == null
                ? new int[] {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST}
                : new int[] {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST}, (make, out, engine, attributes) ->
                        dnnl_matmul_primitive_desc_create(out, engine, make.of(a), make.of(b), make.of(bias), make.of(c), attributes));
    }

    /** Softmax over the last dimension; runs on in, out. */
    Primitive softmax(Layout in, Layout out) {
        Softmax key = new Softmax(in, out, false);
        Primitive found = cache.get(key);
        return found != null ? found : keep(key, isSmall(in), PostOps.NONE, new int[] {DNNL_ARG_SRC, DNNL_ARG_DST}, (make, to, engine, attributes) ->
                softmax(make, to, engine, attributes, in, out));
    }

    private static int softmax(
            Maker make, dnnl_primitive_desc to, dnnl_engine engine, dnnl_primitive_attr attributes, Layout in, Layout out) {
        return dnnl_softmax_forward_primitive_desc_create(
                to, engine, dnnl_forward_inference, dnnl_softmax_accurate, make.of(in), make.of(out), in.rank() - 1, attributes);
    }

    /** Gradient of {@link #softmax}: runs on its result p, dp and the destination, dp's gradient; p of one layout, the d's of the other. */
    Primitive softmaxGrad(Layout p, Layout dp) {
        Softmax key = new Softmax(p, dp, true);
        Primitive found = cache.get(key);
        return found != null ? found : keep(key, isSmall(dp), PostOps.NONE, new int[] {DNNL_ARG_DST, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC}, (make, to, engine, attributes) -> {
            dnnl_primitive_desc forward = new dnnl_primitive_desc();
            OneDnn.check(softmax(make, forward, engine, null, p, p), key);
            int status = dnnl_softmax_backward_primitive_desc_create(
                    to, engine, dnnl_softmax_accurate, make.of(dp), make.of(dp), make.of(p), p.rank() - 1, forward, attributes);
            dnnl_primitive_desc_destroy(forward);
            return status;
        });
    }

    /** A function of each value, one of oneDNN's {@code dnnl_eltwise_}s; runs on in, out, and what {@code then} takes. */
    Primitive eltwise(int algorithm, double alpha, double beta, Layout in, Layout out, PostOps then) {
        Eltwise key = new Eltwise(algorithm, (float) alpha, (float) beta, in, out, then);
        Primitive found = cache.get(key);
        return found != null ? found : keep(key, isSmall(in), then, new int[] {DNNL_ARG_SRC, DNNL_ARG_DST}, (make, to, engine, attributes) ->
                dnnl_eltwise_forward_primitive_desc_create(
                        to, engine, dnnl_forward_training, algorithm, make.of(in), make.of(out), key.alpha, key.beta, attributes));
    }

    /** Gradient of a function of each value, by what went into it: runs on in, the result's gradient, in's gradient, all of one layout. */
    Primitive eltwiseGrad(int algorithm, double alpha, double beta, Layout of) {
        EltwiseGrad key = new EltwiseGrad(algorithm, (float) alpha, (float) beta, of);
        Primitive found = cache.get(key);
        return found != null ? found : keep(key, isSmall(of), PostOps.NONE, new int[] {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC}, (make, to, engine, attributes) -> {
            dnnl_primitive_desc forward = new dnnl_primitive_desc();
            OneDnn.check(dnnl_eltwise_forward_primitive_desc_create(
                    forward, engine, dnnl_forward_training, algorithm, make.of(of), make.of(of), key.alpha, key.beta, null), key);
            int status = dnnl_eltwise_backward_primitive_desc_create(
                    to, engine, algorithm, make.of(of), make.of(of), make.of(of), key.alpha, key.beta, forward, attributes);
            dnnl_primitive_desc_destroy(forward);
            return status;
        });
    }

    /**
     * RMS norm of rows [N, D], scaled by an fp32 [D]; runs on in, scale, out.
     *
     * <p>There is no gradient here: oneDNN 3.11 computes that of a norm which also subtracts the mean.
     */
    Primitive rmsNorm(Layout in, Layout out, double eps) {
        Norm key = new Norm(in, out, (float) eps);
        Primitive found = cache.get(key);
        return found != null ? found : keep(key, isSmall(in), PostOps.NONE, new int[] {DNNL_ARG_SRC, DNNL_ARG_SCALE, DNNL_ARG_DST}, (make, to, engine, attributes) ->
                dnnl_layer_normalization_forward_primitive_desc_create(
                        to, engine, dnnl_forward_inference, make.of(in), make.of(out), null, key.eps, dnnl_use_scale | dnnl_rms_norm, attributes));
    }

    /** One of oneDNN's {@code dnnl_binary_}s, b broadcast where its size is 1; runs on a, b, out, and what {@code then} takes. */
    Primitive binary(int algorithm, Layout a, Layout b, Layout out, PostOps then) {
        Binary key = new Binary(algorithm, a, b, out, then);
        Primitive found = cache.get(key);
        return found != null ? found : keep(key, isSmall(a), then, new int[] {DNNL_ARG_SRC, DNNL_ARG_SRC_1, DNNL_ARG_DST}, (make, to, engine, attributes) ->
                dnnl_binary_primitive_desc_create(to, engine, algorithm, make.of(a), make.of(b), make.of(out), attributes));
    }

    /** A copy into another type or order; runs on from, to. {@code then} may {@link PostOps#sum}. */
    Primitive reorder(Layout from, Layout to, PostOps then) {
        Reorder key = new Reorder(from, to, then);
        Primitive found = cache.get(key);
        return found != null ? found : keep(key, isSmall(from), then, new int[] {DNNL_ARG_SRC, DNNL_ARG_DST}, (make, out, engine, attributes) ->
                dnnl_reorder_primitive_desc_create(out, make.of(from), engine, make.of(to), engine, attributes));
    }

    /** Whether one thread is done with an operand before others have woken up. */
    private static boolean isSmall(Layout operand) {
        return operand.bytes() < WORTHWHILE;
    }

    /** @param alone whether the calling thread is to compute it alone; settled when a primitive is made or when it runs, by its kind */
    private Primitive keep(Object key, boolean alone, PostOps then, int[] arguments, Description description) {
        if (alone) {
            NativeThreads.alone(() -> cache.put(key, make(key, true, then, arguments, description)));
        } else {
            cache.put(key, make(key, false, then, arguments, description));
        }
        return cache.get(key);
    }

    private Primitive make(Object key, boolean alone, PostOps then, int[] arguments, Description description) {
        try (Maker make = new Maker(then)) {
            return new Primitive(this, alone, make.description(key, description), withOperands(arguments, then));
        }
    }

    private static int[] withOperands(int[] arguments, PostOps then) {
        List<Integer> more = new ArrayList<>();
        for (int i = 0; i < then.ops().size(); i++) {
            if (then.ops().get(i).other() != null) {
                more.add(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (i + 1) | DNNL_ARG_SRC_1);
            }
        }
        return IntStream.concat(IntStream.of(arguments), more.stream().mapToInt(Integer::intValue)).toArray();
    }

    /** Fills in a primitive's description and returns oneDNN's status. */
    private interface Description {
        int create(Maker make, dnnl_primitive_desc to, dnnl_engine engine, dnnl_primitive_attr attributes);
    }

    /** What is needed only while a primitive is being made. */
    private static final class Maker implements AutoCloseable {
        private final List<dnnl_memory_desc> layouts = new ArrayList<>();
        private final dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        private final dnnl_primitive_desc made = new dnnl_primitive_desc();

        Maker(PostOps then) {
            OneDnn.check(dnnl_primitive_attr_create(attributes), "attributes");
            OneDnn.check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "a scratchpad of ours");
            if (!then.ops().isEmpty()) {
                dnnl_post_ops list = new dnnl_post_ops();
                OneDnn.check(dnnl_post_ops_create(list), then);
                then.appendTo(list);
                OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, list), then);
                dnnl_post_ops_destroy(list);
            }
        }

        dnnl_memory_desc of(Layout layout) {
            if (layout == null) {
                return null;
            }
            layouts.add(layout.descriptor());
            return layouts.get(layouts.size() - 1);
        }

        dnnl_primitive_desc description(Object what, Description description) {
            OneDnn.check(description.create(this, made, OneDnn.engine(), attributes), what);
            return made;
        }

        @Override
        public void close() {
            layouts.forEach(layout -> dnnl_memory_desc_destroy(layout));
            dnnl_primitive_desc_destroy(made);
            dnnl_primitive_attr_destroy(attributes);
        }
    }
}
