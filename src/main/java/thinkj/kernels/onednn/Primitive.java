package thinkj.kernels.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_exec_arg_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.stream.LongStream;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.Pointer;
import thinkj.kernels.NativeThreads;

/**
 * A computation on operands of fixed layouts, prepared once and run on addresses. Its native memory goes when it is no longer reachable.
 * Used by the thread that uses its {@link Primitives}.
 */
final class Primitive {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Primitives owner;
    private final boolean alone;
    private final Natives natives;
    private final long[] at;
    private final Address address = new Address();
    private final long scratchBytes;
    private final long[] bytes;

    /**
     * @param alone whether the thread that runs it runs it alone
     * @param description oneDNN's, stays the caller's
     * @param arguments oneDNN's names of the operands, in the order of the addresses
     */
    Primitive(Primitives owner, boolean alone, dnnl_primitive_desc description, int... arguments) {
        this.owner = owner;
        this.alone = alone;
        scratchBytes = dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0));
        natives = new Natives(description, arguments, scratchBytes > 0);
        bytes = LongStream.range(0, arguments.length)
                .map(i -> dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, arguments[(int) i])))
                .toArray();
        at = new long[natives.memories.length];
        CLEANER.register(this, natives);
    }

    /** Whatever has to be given back; knows nothing of the primitive, or it would keep it alive. */
    private static final class Natives implements Runnable {
        final dnnl_primitive primitive = new dnnl_primitive();
        final dnnl_memory[] memories;
        final dnnl_exec_arg_t arguments;

        Natives(dnnl_primitive_desc description, int[] names, boolean scratch) {
            OneDnn.check(dnnl_primitive_create(primitive, description), "a primitive");
            int count = names.length + (scratch ? 1 : 0);
            memories = new dnnl_memory[count];
            arguments = new dnnl_exec_arg_t(count);
            for (int i = 0; i < count; i++) {
                boolean last = i == names.length;
                int name = last ? DNNL_ARG_SCRATCHPAD : names[i];
                dnnl_memory_desc layout = last
                        ? dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0)
                        : dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, name);
                memories[i] = new dnnl_memory();
                OneDnn.check(dnnl_memory_create(memories[i], layout, OneDnn.engine(), new Pointer()), "memory of argument " + name);
                arguments.getPointer(i).arg(name).memory(memories[i]);
            }
        }

        @Override
        public void run() {
            dnnl_primitive_destroy(primitive);
            for (dnnl_memory memory : memories) {
                dnnl_memory_destroy(memory);
            }
            arguments.close();
        }
    }

    /** A pointer that is moved instead of made anew. */
    private static final class Address extends Pointer {
        Address to(long value) {
            address = value;
            return this;
        }
    }

    /** Bytes that an operand takes, in the order of the addresses. */
    long bytes(int operand) {
        return bytes[operand];
    }

    /** Computes; the addresses in the order that the primitive's maker states. */
    void run(long... addresses) {
        int count = at.length;
        boolean scratch = scratchBytes > 0;
        if (addresses.length + (scratch ? 1 : 0) != count) {
            throw new IllegalArgumentException(addresses.length + " operands for a primitive of " + (scratch ? count - 1 : count));
        }
        for (int i = 0; i < addresses.length; i++) {
            place(i, addresses[i]);
        }
        if (scratch) {
            place(count - 1, owner.scratchpad(scratchBytes));
        }
        if (alone) {
            NativeThreads.alone(this::execute);
        } else {
            execute();
        }
        // It computes in memory that goes when nothing reaches its owner any more, which may be now.
        Reference.reachabilityFence(this);
        owner.ran(this, addresses);
    }

    private void execute() {
        OneDnn.check(dnnl_primitive_execute(natives.primitive, owner.stream(), at.length, natives.arguments), "to compute");
    }

    private void place(int argument, long value) {
        if (at[argument] != value) {
            OneDnn.check(dnnl_memory_set_data_handle(natives.memories[argument], address.to(value)), "an address");
            at[argument] = value;
        }
    }
}
