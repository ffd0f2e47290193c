package thinkj.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import thinkj.io.FileErrors;
import thinkj.io.UserError;

/** In which settings a config differs from one that a run has written down. */
final class ConfigDifferences {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String NOTHING = "not stated";

    private ConfigDifferences() {}

    static List<String> of(Path written, Record config) {
        Map<String, String> before = leaves(written);
        Map<String, String> now = new LinkedHashMap<>();
        try {
            flatten("", YAML.readTree(ConfigWriter.yaml(config)), now);
        } catch (IOException e) {
            throw new IllegalStateException("a config that was just written cannot be read", e);
        }
        Set<String> keys = new LinkedHashSet<>(now.keySet());
        keys.addAll(before.keySet());
        List<String> differences = new ArrayList<>();
        for (String key : keys) {
            String old = before.getOrDefault(key, NOTHING);
            String given = now.getOrDefault(key, NOTHING);
            if (!old.equals(given)) {
                differences.add(key + ": " + old + " there, " + given + " here");
            }
        }
        return differences;
    }

    private static Map<String, String> leaves(Path written) {
        JsonNode root;
        try {
            root = YAML.readTree(Files.readString(written));
        } catch (IOException e) {
            throw FileErrors.reading(written, e);
        }
        if (root == null || !root.isObject()) {
            throw new UserError(written + ": is no config of a run; give another output folder, or move this one away");
        }
        Map<String, String> leaves = new LinkedHashMap<>();
        flatten("", root, leaves);
        return leaves;
    }

    private static void flatten(String path, JsonNode node, Map<String, String> into) {
        if (node.isObject()) {
            node.properties().forEach(entry -> flatten(path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(), entry.getValue(), into));
        } else {
            into.put(path, node.isTextual() ? node.asText() : node.toString());
        }
    }
}
