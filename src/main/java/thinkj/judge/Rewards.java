package thinkj.judge;

import java.util.Map;
import java.util.ServiceLoader;
import thinkj.io.UserError;

/** Finds rewards. */
public final class Rewards {
    private static final Map<String, Reward> BUILT_IN = BuiltInRewards.all();

    private Rewards() {}

    /**
     * A reward by what a config calls it: a built-in name ({@code strength}, {@code cot}, {@code score}, or one of these with
     * {@code -original} for the published parsing), the name of a registered service, or the name of a class that implements
     * {@link Reward}.
     */
    public static Reward byName(String name) {
        Reward builtIn = BUILT_IN.get(name);
        if (builtIn != null) {
            return builtIn;
        }
        for (Reward service : ServiceLoader.load(Reward.class)) {
            if (service.name().equals(name)) {
                return service;
            }
        }
        return byClass(name);
    }

    private static Reward byClass(String name) {
        Class<?> type;
        try {
            type = Class.forName(name, true, Thread.currentThread().getContextClassLoader());
        } catch (ClassNotFoundException | LinkageError missing) {
            throw new UserError("reward '" + name + "' is neither built in (" + String.join(", ", BUILT_IN.keySet())
                    + "), nor a registered service, nor a class on the class path", missing);
        }
        if (!Reward.class.isAssignableFrom(type)) {
            throw new UserError("reward '" + name + "' is a class that does not implement " + Reward.class.getName());
        }
        try {
            return type.asSubclass(Reward.class).getConstructor().newInstance();
        } catch (ReflectiveOperationException unusable) {
            throw new UserError("reward '" + name + "' must be a public class with a public constructor without parameters", unusable);
        }
    }
}
