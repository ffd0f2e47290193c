package thinkj.config;

import java.nio.file.Path;
import java.util.List;
import thinkj.io.AtomicFile;

/**
 * YAML files to records and back, strictly.
 *
 * <p>Every component of the record must stand in the file under its snake-case name, and nothing else may: unknown, missing, repeated and
 * mistyped keys (3.7 for an integer, a number for a text) and values that the record's constructor refuses are one
 * {@link thinkj.io.UserError} that lists them all as {@code file:line: key: value, rule}.
 *
 * <p>Component types: {@code int, long, double, boolean}, {@link String}, {@link Path}, enums (lower case, hyphens), records,
 * {@code List<T>}, {@code Map<String, T>}, and {@code Optional<T>} for keys whose value may be {@code null}.
 */
public final class ConfigLoader {
    private ConfigLoader() {}

    /**
     * Reads a config.
     *
     * @param file YAML, UTF-8
     * @param overrides {@code key.sub=value}, the value in YAML; they take the place of what the file says, the last one counts
     * @param type record to bind to
     */
    public static <R extends Record> R load(Path file, List<String> overrides, Class<R> type) {
        Problems problems = new Problems(file);
        YamlSource source = YamlSource.read(file, problems);
        overrides.forEach(override -> source.override(override, problems));
        Object bound = new Binder(source, problems).bind("", source.root(), type);
        problems.check();
        return type.cast(bound);
    }

    /**
     * The same config with other values.
     *
     * @param overrides as in {@link #load}
     * @throws thinkj.io.UserError where the record refuses them
     */
    public static <R extends Record> R with(R config, List<String> overrides) {
        Problems problems = new Problems(Path.of("the config"));
        YamlSource source = YamlSource.of(yaml(config));
        overrides.forEach(override -> source.override(override, problems));
        Object bound = new Binder(source, problems).bind("", source.root(), config.getClass());
        problems.check();
        @SuppressWarnings("unchecked")
        R same = (R) bound;
        return same;
    }

    /** A config as text, every value stated, as {@link #load} reads it. */
    public static String yaml(Record config) {
        return ConfigWriter.yaml(config);
    }

    /**
     * In which settings a config differs from one that was written before.
     *
     * @return texts such as {@code optimizer.learning_rate: 1.0E-6 there, 5.0E-6 here}, in the order of the settings
     */
    public static List<String> differences(Path written, Record config) {
        return ConfigDifferences.of(written, config);
    }

    /** Writes a config, every value stated, as {@link #load} reads it. */
    public static void write(Record config, Path file) {
        AtomicFile.writeText(file, yaml(config));
    }
}
