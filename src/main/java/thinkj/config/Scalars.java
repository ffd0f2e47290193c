package thinkj.config;

import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Single values. The type wanted decides, not YAML 1.1's guesses, for which {@code 1e-6} is a text, {@code 010} is eight and {@code no} is
 * false; only texts are asked not to look like anything else.
 */
final class Scalars {
    private static final Pattern INTEGER = Pattern.compile("[-+]?(0|[1-9][0-9]*)");
    private static final Pattern NUMBER = Pattern.compile("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?");
    private static final Set<Tag> NOT_TEXT = Set.of(Tag.NULL, Tag.BOOL, Tag.INT, Tag.FLOAT);

    private Scalars() {}

    /** The value, or null where it is not of the type. */
    static Object value(ScalarNode node, Class<?> type) {
        String text = node.getValue();
        if (type == String.class) {
            return isText(node) ? text : null;
        }
        if (type == Path.class) {
            return isText(node) && !text.isEmpty() ? path(text) : null;
        }
        if (type == ActivationCheckpointing.class) {
            return activationCheckpointing(text);
        }
        if (!node.isPlain() || type.isRecord() || type == List.class || type == Map.class) {
            return null;
        }
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants()).filter(c -> Types.name((Enum<?>) c).equals(text)).findFirst().orElse(null);
        }
        if (type == boolean.class || type == Boolean.class) {
            return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
        }
        if (type == double.class || type == Double.class) {
            return NUMBER.matcher(text).matches() ? finite(Double.parseDouble(text)) : null;
        }
        return INTEGER.matcher(text).matches() ? integer(new BigInteger(text), type) : null;
    }

    private static boolean isText(ScalarNode node) {
        return !node.isPlain() || !NOT_TEXT.contains(node.getTag()) && !NUMBER.matcher(node.getValue()).matches();
    }

    private static ActivationCheckpointing activationCheckpointing(String text) {
        try {
            return ActivationCheckpointing.of(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    private static Object integer(BigInteger value, Class<?> type) {
        if (type == int.class || type == Integer.class) {
            return value.bitLength() < Integer.SIZE ? (Object) value.intValue() : null;
        }
        if (type == long.class || type == Long.class) {
            return value.bitLength() < Long.SIZE ? (Object) value.longValue() : null;
        }
        throw new IllegalStateException("a config cannot have a component of " + type);
    }
}
