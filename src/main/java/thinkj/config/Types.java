package thinkj.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What can be known of a config's types without a value. */
final class Types {
    private Types() {}

    /** A component's key in the file: {@code learningRate} is {@code learning_rate}; a digit does not start a word. */
    static String key(String component) {
        return component.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }

    /** An enum constant as the file has it: {@code TOKEN_MEAN} is {@code token-mean}. */
    static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Class<?> raw(Type type) {
        return type instanceof ParameterizedType generic ? (Class<?>) generic.getRawType() : (Class<?>) type;
    }

    static Type argument(Type type, int i) {
        return ((ParameterizedType) type).getActualTypeArguments()[i];
    }

    /** What a value of this type must be, for messages. */
    static String rule(Type type) {
        Class<?> raw = raw(type);
        if (raw == Optional.class) {
            return rule(argument(type, 0)) + " or null";
        }
        if (raw.isEnum()) {
            return "one of " + Arrays.stream(raw.getEnumConstants()).map(c -> name((Enum<?>) c)).collect(Collectors.joining(", "));
        }
        if (raw == List.class) {
            return "a list, each item " + rule(argument(type, 0));
        }
        if (raw == Map.class || raw.isRecord()) {
            return "keys and values";
        }
        if (raw == int.class || raw == Integer.class) {
            return "an integer (32 bits)";
        }
        if (raw == long.class || raw == Long.class) {
            return "an integer";
        }
        if (raw == double.class || raw == Double.class) {
            return "a number";
        }
        if (raw == ActivationCheckpointing.class) {
            return ActivationCheckpointing.RULE;
        }
        return raw == boolean.class || raw == Boolean.class ? "true or false" : "a text";
    }

    /** Stands in for a value that could not be read. */
    static Object placeholder(Class<?> type) {
        if (type == int.class) {
            return 0;
        }
        if (type == long.class) {
            return 0L;
        }
        if (type == double.class) {
            return 0.0;
        }
        return type == boolean.class ? Boolean.FALSE : null;
    }
}
