package thinkj.checkpoint;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A piece of a file in memory, little-endian. Java leaves a mapping to the garbage collector; here it ends with {@link #close}, so that
 * the pages of a checkpoint do not pile up beside its weights. Where this Java has no way to end it, the collector does after all.
 */
final class MappedWindow implements AutoCloseable {
    private static final MethodHandle CLEANER = cleaner();

    private final MappedByteBuffer bytes;

    MappedWindow(FileChannel channel, long position, long length) throws IOException {
        bytes = channel.map(FileChannel.MapMode.READ_ONLY, position, length);
        bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Must not be touched after {@link #close}. */
    ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (CLEANER == null) {
            return;
        }
        try {
            CLEANER.invokeExact((ByteBuffer) bytes);
        } catch (Throwable e) {
            throw new IllegalStateException("a mapped file could not be released", e);
        }
    }

    /** {@code sun.misc.Unsafe.invokeCleaner}, which {@code jdk.unsupported} exports on Java 9 and later; by name, since javac warns of it. */
    private static MethodHandle cleaner() {
        try {
            Class<?> unsafe = Class.forName("sun.misc.Unsafe");
            Field instance = unsafe.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            return MethodHandles.lookup()
                    .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                    .bindTo(instance.get(null));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }
}
