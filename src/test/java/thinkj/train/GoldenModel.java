package thinkj.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import thinkj.Golden;
import thinkj.checkpoint.Qwen2Config;
import thinkj.io.Json;
import thinkj.model.Qwen2Model;

final class GoldenModel {
    private GoldenModel() {}

    static Qwen2Model open(String folder) {
        try {
            JsonNode c = Golden.json(folder + "/config.json");
            Qwen2Config config = new Qwen2Config(
                    c.get("hidden_size").asInt(), c.get("num_hidden_layers").asInt(), c.get("num_attention_heads").asInt(),
                    c.get("num_key_value_heads").asInt(), c.get("intermediate_size").asInt(), c.get("vocab_size").asInt(),
                    c.get("max_position_embeddings").asInt(), c.get("rope_theta").asDouble(), c.get("rms_norm_eps").asDouble(),
                    c.get("tie_word_embeddings").asBoolean());
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(Golden.path(folder).resolve("model.safetensors"))).order(ByteOrder.LITTLE_ENDIAN);
            int header = (int) bytes.getLong();
            JsonNode table = Json.MAPPER.readTree(new String(bytes.array(), 8, header, StandardCharsets.UTF_8));
            Map<String, INDArray> weights = new LinkedHashMap<>();
            table.properties().forEach(entry -> {
                if (!entry.getKey().equals("__metadata__")) {
                    int from = entry.getValue().get("data_offsets").get(0).asInt();
                    int to = entry.getValue().get("data_offsets").get(1).asInt();
                    float[] values = new float[(to - from) / 4];
                    bytes.position(8 + header + from);
                    bytes.asFloatBuffer().get(values);
                    long[] shape = java.util.Arrays.stream(Golden.ints(entry.getValue().get("shape"))).asLongStream().toArray();
                    weights.put(entry.getKey(), Nd4j.create(values, shape, 'c'));
                }
            });
            return new Qwen2Model(config, weights);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
