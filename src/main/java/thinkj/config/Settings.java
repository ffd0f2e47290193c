package thinkj.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** A config as a list of settings, for people: whatever is there, under dotted names as the command line has them. */
public final class Settings {
    private Settings() {}

    /** Values by name, in the file's order. */
    public static Map<String, String> read(Path file) {
        Map<String, String> settings = new LinkedHashMap<>();
        Problems problems = new Problems(file);
        collect("", YamlSource.read(file, problems).root(), settings);
        return settings;
    }

    private static void collect(String prefix, MappingNode mapping, Map<String, String> settings) {
        for (NodeTuple entry : mapping.getValue()) {
            String name = prefix + YamlSource.key(entry);
            if (entry.getValueNode() instanceof MappingNode inner) {
                collect(name + ".", inner, settings);
            } else {
                settings.put(name, text(entry.getValueNode()));
            }
        }
    }

    private static String text(Node node) {
        if (node instanceof SequenceNode sequence) {
            List<Node> items = sequence.getValue();
            return items.stream().map(Settings::text).collect(Collectors.joining(", "));
        }
        return node instanceof ScalarNode scalar ? scalar.getValue() : node.toString();
    }
}
