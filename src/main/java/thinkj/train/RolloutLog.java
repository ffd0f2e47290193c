package thinkj.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.io.FileErrors;
import thinkj.io.Folders;
import thinkj.io.Json;
import thinkj.io.LineLog;

/**
 * {@code rollouts/STEP.jsonl}: every answer of a step, written down as soon as it is finished, with the log-probabilities that it was
 * sampled with, for a run that goes on ({@link Rollouts}). The files of all steps since the newest checkpoint stay, since
 * those steps are the ones that a run which is killed takes again.
 */
final class RolloutLog {
    private static final Logger LOG = LoggerFactory.getLogger(RolloutLog.class);
    private static final String ENDING = ".jsonl";

    private final Path folder;

    /** A sampled answer: its ids, and as many log-probabilities. */
    record Sampled(int[] ids, float[] logProbs) {}

    RolloutLog(Path folder) {
        this.folder = folder;
    }

    /** Opens the log of a step, to go on with or new. */
    Step open(int step) {
        return new Step(file(step));
    }

    Path file(int step) {
        return folder.resolve(step + ENDING);
    }

    /** Forgets the answers of steps up to this one: what was learnt from them is saved. */
    void dropUpTo(int step) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> stepOf(file) <= step).toList().forEach(Folders::delete);
        } catch (IOException e) {
            throw FileErrors.reading(folder, e);
        }
    }

    private static int stepOf(Path file) {
        String name = file.getFileName().toString();
        return name.matches("[0-9]{1,9}\\" + ENDING) ? Integer.parseInt(name.substring(0, name.length() - ENDING.length())) : Integer.MAX_VALUE;
    }

    /** The run is over. */
    void drop() {
        Folders.delete(folder);
    }

    /** Numbers as they were written: the shortest text that gives a float back gives it back to the bit. */
    static float[] floats(JsonNode list) {
        float[] floats = new float[list.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = Float.parseFloat(list.get(i).asText());
        }
        return floats;
    }

    /** The index of a line's answer; none of a line that was not written as it stands. */
    static Optional<Long> index(String line) {
        try {
            return Optional.of(Json.MAPPER.readTree(line).path("index")).filter(JsonNode::isNumber).map(JsonNode::asLong);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /** One step's answers, by the index that their random streams are keyed by. */
    static final class Step implements AutoCloseable {
        private final Map<Long, Sampled> there = new HashMap<>();
        private final LineLog log;

        private Step(Path file) {
            this.log = LineLog.open(file);
            try (Stream<String> lines = Files.lines(file)) {
                lines.forEach(line -> take(line, file));
            } catch (IOException e) {
                throw FileErrors.reading(file, e);
            }
            if (!there.isEmpty()) {
                LOG.info("{}: {} answers are there already", file, there.size());
            }
        }

        private void take(String line, Path file) {
            try {
                JsonNode json = Json.MAPPER.readTree(line);
                Sampled sampled = new Sampled(ids(json.path("ids")), floats(json.path("log_probs")));
                long index = json.path("index").asLong();
                if (json.path("crc32c").asText().equals(checksum(index, sampled))) {
                    there.put(index, sampled);
                    return;
                }
            } catch (JsonProcessingException e) {
                LOG.debug("{}", e.getMessage());
            }
            LOG.warn("{}: an answer there is not as it was written; it is sampled again", file);
        }

        /** What was sampled before, or null. */
        Sampled get(long index) {
            return there.get(index);
        }

        /** @param text for people */
        void add(long index, Sampled sampled, String text) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("index", index);
            line.put("text", text);
            line.put("ids", sampled.ids());
            line.put("log_probs", sampled.logProbs());
            line.put("crc32c", checksum(index, sampled));
            log.append(line);
        }

        private static String checksum(long index, Sampled sampled) {
            ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + Integer.BYTES * (sampled.ids().length + sampled.logProbs().length));
            bytes.putLong(index);
            for (int id : sampled.ids()) {
                bytes.putInt(id);
            }
            for (float logProb : sampled.logProbs()) {
                bytes.putFloat(logProb);
            }
            CRC32C sum = new CRC32C();
            sum.update(bytes.array());
            return String.format("%08x", sum.getValue());
        }

        private static int[] ids(JsonNode list) {
            int[] ids = new int[list.size()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = list.get(i).asInt();
            }
            return ids;
        }

        @Override
        public void close() {
            log.close();
        }
    }
}
