package thinkj.io;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes signals that ask the process to end (SIGTERM, SIGINT of Ctrl-C, SIGHUP of a closed terminal), so that a long job can end in
 * order; a second one ends it at once. While nobody watches, and where this Java does not let signals be watched, the first ends it.
 */
public final class StopSignals implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);
    private static final List<String> NAMES = List.of("TERM", "INT", "HUP");

    /** What shells add to a signal's number for the exit code of what it ended. */
    private static final int ENDED_BY_SIGNAL = 128;

    private final String firstSaid;
    private final List<Runnable> undo = new ArrayList<>();
    private volatile Asked asked;

    /**
     * A signal that came.
     *
     * @param name such as {@code SIGTERM}
     * @param exitCode what a process that it ends leaves with
     */
    public record Asked(String name, int exitCode) {}

    private StopSignals(String firstSaid) {
        this.firstSaid = firstSaid;
    }

    /**
     * Watches until {@link #close}.
     *
     * @param firstSaid printed on standard error when the first signal comes, after its name
     */
    public static StopSignals watch(String firstSaid) {
        StopSignals signals = new StopSignals(firstSaid);
        for (String name : NAMES) {
            try {
                signals.handle(name);
            } catch (ReflectiveOperationException | RuntimeException e) {
                LOG.debug("SIG{} is not watched: {}", name, e.toString());
            }
        }
        return signals;
    }

    /** The signal that came, if one has. */
    public Optional<Asked> asked() {
        return Optional.ofNullable(asked);
    }

    /** {@code sun.misc.Signal}, which {@code jdk.unsupported} exports, by name, since javac warns of it. */
    private void handle(String name) throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Object signal = signalType.getConstructor(String.class).newInstance(name);
        int number = (int) signalType.getMethod("getNumber").invoke(signal);
        Method handle = signalType.getMethod("handle", signalType, handlerType);
        Object handler = Proxy.newProxyInstance(StopSignals.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
            came(new Asked("SIG" + name, ENDED_BY_SIGNAL + number));
            return null;
        });
        Object before = handle.invoke(null, signal, handler);
        undo.add(() -> {
            try {
                handle.invoke(null, signal, before);
            } catch (IllegalAccessException | InvocationTargetException e) {
                LOG.debug("SIG{} stays watched: {}", name, e.toString());
            }
        });
    }

    private synchronized void came(Asked signal) {
        if (asked != null) {
            Runtime.getRuntime().halt(signal.exitCode());
        }
        asked = signal;
        System.err.println(signal.name() + ": " + firstSaid);
    }

    @Override
    public void close() {
        undo.forEach(Runnable::run);
        undo.clear();
    }
}
