package thinkj.config;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import thinkj.io.FileErrors;
import thinkj.io.Streams;
import thinkj.io.UserError;

/** A YAML file as a tree whose nodes know their lines, with the command line's overrides in it. */
final class YamlSource {
    private final MappingNode root;
    private final Set<Node> overridden = Collections.newSetFromMap(new IdentityHashMap<>());

    private YamlSource(MappingNode root) {
        this.root = root;
    }

    static YamlSource read(Path file, Problems problems) {
        try (Reader text = Streams.reader(file.toString())) {
            Node node = compose(text);
            if (node instanceof MappingNode mapping) {
                return new YamlSource(mapping);
            }
            throw new UserError(file + ": a configuration is expected, keys and values such as `seed: 42`");
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
            problems.add(line, "not valid YAML: " + e.getProblem());
        } catch (YAMLException e) {
            problems.add(0, "not valid YAML: " + e.getMessage());
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
        problems.check();
        throw new IllegalStateException("a YAML failure was not reported");
    }

    /** A config that was written by {@link ConfigWriter}. */
    static YamlSource of(String written) {
        return new YamlSource((MappingNode) compose(new StringReader(written)));
    }

    MappingNode root() {
        return root;
    }

    /** Line of a node, from 1; −1 for one from the command line. */
    int line(Node node) {
        return overridden.contains(node) ? -1 : node.getStartMark().getLine() + 1;
    }

    /** Puts {@code key.sub=value} in the place of what the file says. */
    void override(String text, Problems problems) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            problems.add(-1, text + ", an override must have the form key.sub=value");
            return;
        }
        try {
            Node value = compose(new StringReader(text.substring(equals + 1)));
            put(List.of(text.substring(0, equals).split("\\.", -1)), value == null ? nothing() : marked(value), text, problems);
        } catch (YAMLException e) {
            String reason = e instanceof MarkedYAMLException marked ? marked.getProblem() : e.getMessage();
            problems.add(-1, text + ", the value is not valid YAML: " + reason);
        }
    }

    private void put(List<String> path, Node value, String text, Problems problems) {
        MappingNode at = root;
        for (String key : path.subList(0, path.size() - 1)) {
            Node next = child(at, key);
            if (next == null) {
                next = marked(new MappingNode(Tag.MAP, new ArrayList<>(), FlowStyle.BLOCK));
                at.getValue().add(new NodeTuple(scalar(key), next));
            }
            if (!(next instanceof MappingNode mapping)) {
                problems.add(-1, text + ", " + key + " has no keys below it");
                return;
            }
            at = mapping;
        }
        String last = path.get(path.size() - 1);
        List<NodeTuple> entries = new ArrayList<>(at.getValue());
        entries.removeIf(entry -> overridden.contains(entry.getKeyNode()) && key(entry).equals(last));
        int i = 0;
        while (i < entries.size() && !key(entries.get(i)).equals(last)) {
            i++;
        }
        NodeTuple entry = new NodeTuple(scalar(last), value);
        if (i < entries.size()) {
            entries.set(i, entry);
        } else {
            entries.add(entry);
        }
        at.setValue(entries);
    }

    /** Text of an entry's key. */
    static String key(NodeTuple entry) {
        return entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "(a key that is no text)";
    }

    private static Node child(MappingNode mapping, String key) {
        return mapping.getValue().stream().filter(e -> key(e).equals(key)).map(NodeTuple::getValueNode).findFirst().orElse(null);
    }

    private Node nothing() {
        return marked(new ScalarNode(Tag.NULL, "", null, null, ScalarStyle.PLAIN));
    }

    private Node scalar(String text) {
        return marked(new ScalarNode(Tag.STR, text, null, null, ScalarStyle.PLAIN));
    }

    private Node marked(Node node) {
        overridden.add(node);
        if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(entry -> {
                marked(entry.getKeyNode());
                marked(entry.getValueNode());
            });
        } else if (node instanceof SequenceNode sequence) {
            sequence.getValue().forEach(this::marked);
        }
        return node;
    }

    private static Node compose(Reader text) {
        return new Yaml(new SafeConstructor(new LoaderOptions())).compose(text);
    }
}
