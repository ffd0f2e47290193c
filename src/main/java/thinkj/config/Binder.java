package thinkj.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** Nodes to values of a stated type. What does not fit is noted and read as null, so that the rest can be looked at too. */
final class Binder {
    private final YamlSource source;
    private final Problems problems;

    Binder(YamlSource source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    /** The value of a node, or null where there was a problem, which is noted. */
    Object bind(String path, Node node, Type type) {
        Class<?> raw = Types.raw(type);
        if (raw == Optional.class) {
            boolean none = node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
            return none ? Optional.empty() : Optional.ofNullable(bind(path, node, Types.argument(type, 0)));
        }
        if (raw.isRecord() && node instanceof MappingNode mapping) {
            return record(path, mapping, raw);
        }
        if (raw == List.class && node instanceof SequenceNode sequence) {
            return list(path, sequence, Types.argument(type, 0));
        }
        if (raw == Map.class && node instanceof MappingNode mapping) {
            return map(path, mapping, Types.argument(type, 1));
        }
        Object value = node instanceof ScalarNode scalar ? Scalars.value(scalar, raw) : null;
        if (value == null) {
            problems.add(source.line(node), path + ": " + shown(node) + ", must be " + Types.rule(type));
        }
        return value;
    }

    private Object list(String path, SequenceNode node, Type element) {
        List<Object> values = new ArrayList<>();
        for (Node item : node.getValue()) {
            Object value = bind(path + "[" + values.size() + "]", item, element);
            values.add(value);
        }
        return values.contains(null) ? null : List.copyOf(values);
    }

    private Object map(String path, MappingNode node, Type element) {
        Map<String, Object> values = new LinkedHashMap<>();
        entries(path, node).forEach((key, entry) -> values.put(key, bind(below(path, key), entry.getValueNode(), element)));
        return values.containsValue(null) ? null : values;
    }

    private Object record(String path, MappingNode node, Class<?> type) {
        Map<String, NodeTuple> entries = entries(path, node);
        Map<String, RecordComponent> components = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            components.put(Types.key(component.getName()), component);
        }
        entries.forEach((key, entry) -> {
            if (!components.containsKey(key)) {
                problems.add(source.line(entry.getKeyNode()), below(path, key) + ": unknown key, must be one of "
                        + String.join(", ", components.keySet()));
            }
        });
        Set<String> failed = new LinkedHashSet<>();
        List<Object> values = new ArrayList<>();
        components.forEach((key, component) -> {
            Object value = component(path, node, key, entries.get(key), component.getGenericType());
            if (value == null) {
                failed.add(key);
                value = Types.placeholder(component.getType());
            }
            values.add(value);
        });
        Object made = construct(path, node, type, values.toArray(), failed);
        return failed.isEmpty() ? made : null;
    }

    private Object component(String path, MappingNode parent, String key, NodeTuple entry, Type type) {
        if (entry == null) {
            problems.add(source.line(parent), below(path, key) + ": missing, must be " + Types.rule(type));
            return null;
        }
        return bind(below(path, key), entry.getValueNode(), type);
    }

    /** Entries by key; a key stated twice is noted and its first value taken. */
    private Map<String, NodeTuple> entries(String path, MappingNode node) {
        Map<String, NodeTuple> entries = new LinkedHashMap<>();
        for (NodeTuple entry : node.getValue()) {
            String key = YamlSource.key(entry);
            NodeTuple first = entries.putIfAbsent(key, entry);
            if (first != null) {
                problems.add(source.line(entry.getKeyNode()), below(path, key) + ": stated twice, first on line "
                        + source.line(first.getKeyNode()));
            }
        }
        return entries;
    }

    /**
     * Makes the record; what its constructor refuses is noted at the key it names. Where some values could not be read, placeholders
     * stand in for them, and what the constructor says about those is not passed on.
     */
    private Object construct(String path, MappingNode node, Class<?> type, Object[] values, Set<String> failed) {
        try {
            Class<?>[] types = Arrays.stream(type.getRecordComponents()).map(RecordComponent::getType).toArray(Class<?>[]::new);
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused && refused.getMessage() != null) {
                refused.getMessage().lines().filter(line -> !mentions(line, failed)).forEach(line -> refuse(path, node, line));
            } else if (failed.isEmpty()) {
                throw new IllegalStateException("the constructor of " + type.getName() + " failed", e.getCause());
            }
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the config record " + type.getName() + " cannot be made", e);
        }
    }

    private void refuse(String path, MappingNode node, String message) {
        String field = message.substring(0, Math.max(0, message.indexOf(':')));
        int line = source.line(node);
        for (NodeTuple entry : node.getValue()) {
            if (YamlSource.key(entry).equals(field)) {
                line = source.line(entry.getKeyNode());
                break;
            }
        }
        problems.add(line, below(path, message));
    }

    private static boolean mentions(String message, Set<String> keys) {
        Set<String> words = Arrays.stream(message.split("\\W+")).collect(Collectors.toSet());
        return keys.stream().anyMatch(words::contains);
    }

    private static String below(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String shown(Node node) {
        if (node instanceof ScalarNode scalar) {
            boolean none = scalar.getTag().equals(Tag.NULL);
            boolean quoted = !scalar.isPlain();
            return none ? "null" : quoted ? "\"" + scalar.getValue() + "\"" : scalar.getValue();
        }
        return node instanceof SequenceNode ? "a list" : "keys and values";
    }
}
