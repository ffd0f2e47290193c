package thinkj.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import thinkj.config.ConfigLoader;
import thinkj.io.UserError;

/** Looks for settings with which a run fits into memory that does not fit as it is set. */
final class Fitting {

    /**
     * A setting that takes memory.
     *
     * @param key as it stands in a config
     * @param values other values, the one that changes least first
     */
    record Knob(String key, List<String> values) {}

    private Fitting() {}

    /**
     * What to tell a user whose run does not fit: each setting that is enough alone, with the value that changes least; else several that
     * are enough together; else that none are.
     *
     * @param knobs in the order in which several would be tried together
     * @param fits whether a run so set stays within memory
     */
    static <C extends Record> String advice(C config, List<Knob> knobs, Predicate<C> fits) {
        String rest = "; or take a smaller model, or raise THINKJ_OFFHEAP where the machine has more";
        List<String> alone = new ArrayList<>();
        knobs.forEach(knob -> first(config, List.of(), knob, fits).ifPresent(value -> alone.add(knob.key + ": " + value)));
        if (!alone.isEmpty()) {
            return "would fit: " + String.join(", or ", alone) + rest;
        }
        List<String> together = new ArrayList<>();
        for (Knob knob : knobs) {
            var enough = first(config, together, knob, fits);
            if (enough.isPresent()) {
                together.add(knob.key + "=" + enough.get());
                return "would fit: " + String.join(" and ", together.stream().map(setting -> setting.replaceFirst("=", ": ")).toList()) + rest;
            }
            farthest(config, together, knob).ifPresent(together::add);
        }
        return "no setting makes it fit" + rest;
    }

    /** The first value of a knob that is enough beside other overrides. */
    private static <C extends Record> Optional<String> first(C config, List<String> others, Knob knob, Predicate<C> fits) {
        return knob.values.stream().filter(value -> allowed(config, others, knob.key + "=" + value, fits)).findFirst();
    }

    /** A knob's last value that the config's own rules allow. */
    private static <C extends Record> Optional<String> farthest(C config, List<String> others, Knob knob) {
        return knob.values.stream()
                .map(value -> knob.key + "=" + value)
                .filter(setting -> allowed(config, others, setting, any -> true))
                .reduce((before, last) -> last);
    }

    private static <C extends Record> boolean allowed(C config, List<String> others, String setting, Predicate<C> fits) {
        List<String> overrides = new ArrayList<>(others);
        overrides.add(setting);
        try {
            return fits.test(ConfigLoader.with(config, overrides));
        } catch (UserError refused) {
            return false;
        }
    }

    /** Half of a number, a quarter and so on, down to a least one. */
    static List<String> halves(long from, long least) {
        List<String> values = new ArrayList<>();
        for (long value = from / 2; value > least; value /= 2) {
            values.add(Long.toString(value));
        }
        if (least < from) {
            values.add(Long.toString(least));
        }
        return values;
    }
}
