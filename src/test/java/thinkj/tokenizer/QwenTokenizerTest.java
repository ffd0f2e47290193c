package thinkj.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import thinkj.Golden;
import thinkj.RealData;
import thinkj.io.Json;

/** Qwen2.5's own tokenizer against ids that Hugging Face's tokenizers gave. */
@Tag("golden")
class QwenTokenizerTest {
    private static HfTokenizer tokenizer;

    @BeforeAll
    static void open() {
        tokenizer = HfTokenizer.open(RealData.folder("qwen2.5"));
    }

    @AfterAll
    static void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }

    @Test
    void everyGoldenTextHasItsIdsAndComesBack() throws IOException {
        List<JsonNode> rows = lines(RealData.folder("qwen2.5").resolve("golden.jsonl"));
        assertTrue(rows.size() > 0);
        for (JsonNode row : rows) {
            int[] ids = Golden.ints(row.get("ids"));
            assertArrayEquals(ids, tokenizer.encode(row.get("text").asText()), row.toString());
            assertEquals(row.get("decoded").asText(), tokenizer.decode(ids, false));
        }
    }

    @Test
    void streamedPiecesAddUpToTheWhole() throws IOException {
        for (JsonNode row : lines(RealData.folder("qwen2.5").resolve("golden.jsonl"))) {
            StreamingDecoder decoder = new StreamingDecoder(tokenizer, false);
            StringBuilder text = new StringBuilder();
            for (int id : Golden.ints(row.get("ids"))) {
                String piece = decoder.next(id);
                assertTrue(!piece.contains("\ufffd"), piece);
                text.append(piece);
            }
            assertEquals(row.get("decoded").asText(), text.append(decoder.rest()).toString());
        }
    }

    @Test
    void everyRewardBenchFieldHasItsCountAndChecksum() throws IOException {
        Map<String, String> expected = new HashMap<>();
        for (String line : Files.readAllLines(RealData.folder("qwen2.5").resolve("rewardbench_token_counts.tsv"))) {
            expected.put(line.substring(0, line.indexOf('\t')), line.substring(line.indexOf('\t') + 1));
        }
        int fields = 0;
        try (Stream<Path> files = Files.list(RealData.folder("rewardbench"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".jsonl")).toList()) {
                for (JsonNode row : lines(file)) {
                    for (String field : List.of("prompt", "chosen", "rejected")) {
                        String key = row.get("subset").asText() + "/" + row.get("id").asText() + "/" + field;
                        assertEquals(expected.get(key), countAndChecksum(tokenizer.encode(row.get(field).asText())), key);
                        fields++;
                    }
                }
            }
        }
        assertEquals(expected.size(), fields);
    }

    private static String countAndChecksum(int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(ids.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(ids);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return ids.length + "\t" + Long.toHexString(crc.getValue());
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readString(file).split("\n")) {
            rows.add(Json.MAPPER.readTree(line));
        }
        return rows;
    }
}
