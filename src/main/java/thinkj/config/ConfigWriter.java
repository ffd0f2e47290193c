package thinkj.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Records to YAML, in the order of their components. */
final class ConfigWriter {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();

    private ConfigWriter() {}

    static String yaml(Record config) {
        try {
            return YAML.writeValueAsString(plain(config));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the config cannot be written as YAML", e);
        }
    }

    private static Object plain(Object value) {
        if (value instanceof Record record) {
            Map<String, Object> keys = new LinkedHashMap<>();
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                keys.put(Types.key(component.getName()), plain(read(record, component)));
            }
            return keys;
        }
        if (value instanceof Optional<?> optional) {
            return optional.map(ConfigWriter::plain).orElse(null);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(ConfigWriter::plain).toList();
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> keys = new LinkedHashMap<>();
            map.forEach((key, item) -> keys.put(key, plain(item)));
            return keys;
        }
        if (value instanceof Enum<?> constant) {
            return Types.name(constant);
        }
        return value instanceof Path || value instanceof ActivationCheckpointing ? value.toString() : value;
    }

    private static Object read(Record record, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the component " + component.getName() + " cannot be read", e);
        }
    }
}
