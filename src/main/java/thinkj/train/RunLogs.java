package thinkj.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import thinkj.io.AtomicFile;
import thinkj.io.FileErrors;
import thinkj.io.Fingerprint;
import thinkj.io.Folders;
import thinkj.io.Json;
import thinkj.io.UserError;

/**
 * The logs of a run, which a run that goes on takes back to where its checkpoint left them: to the byte those that arithmetic decides, by
 * step the one that the machine decides, whose last line comes after the checkpoint.
 */
final class RunLogs {
    private static final List<String> EXACT = List.of(RunDirectory.METRICS, RunDirectory.COMPLETIONS);

    private final Path folder;

    /**
     * How far a log had grown.
     *
     * @param sha256 of so many bytes
     */
    record Mark(long bytes, String sha256) {}

    RunLogs(Path folder) {
        this.folder = folder;
    }

    /** Where the logs end now, all of it on the disk. */
    Map<String, Mark> marks() {
        Map<String, Mark> marks = new LinkedHashMap<>();
        for (String name : EXACT) {
            Path log = folder.resolve(name);
            if (Files.exists(log)) {
                Folders.forceEntry(log);
                marks.put(name, mark(log, size(log)));
            }
        }
        return marks;
    }

    /**
     * Cuts off what was written after a checkpoint, or everything.
     *
     * @param marks the checkpoint's; empty for a run that begins anew
     * @param step the checkpoint's
     * @throws UserError if a log no longer begins as it did
     */
    void backTo(Map<String, Mark> marks, int step) {
        for (String name : EXACT) {
            Path log = folder.resolve(name);
            Mark mark = marks.getOrDefault(name, new Mark(0, ""));
            if (mark.bytes() > 0 && (size(log) < mark.bytes() || !mark(log, mark.bytes()).equals(mark))) {
                throw new UserError(log + ": no longer begins with what it held at step " + step + "; put the run's own file back, or begin a run "
                        + "in another folder");
            }
            truncate(log, mark.bytes());
        }
        Path timings = folder.resolve(RunDirectory.TIMINGS);
        if (Files.exists(timings)) {
            dropAfter(timings, step);
        }
    }

    /** Steps that are done again are timed again. */
    private static void dropAfter(Path timings, int step) {
        try (Stream<String> lines = Files.lines(timings)) {
            String kept = lines.filter(line -> step > 0 && stepOf(line) <= step).map(line -> line + "\n").collect(Collectors.joining());
            AtomicFile.writeText(timings, kept);
        } catch (IOException e) {
            throw FileErrors.reading(timings, e);
        }
    }

    /** A torn line is of no step. */
    private static int stepOf(String line) {
        try {
            return Json.MAPPER.readTree(line).path("step").asInt(Integer.MAX_VALUE);
        } catch (JsonProcessingException e) {
            return Integer.MAX_VALUE;
        }
    }

    private static long size(Path file) {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    private static Mark mark(Path file, long bytes) {
        try (InputStream in = Files.newInputStream(file)) {
            return new Mark(bytes, new Fingerprint().add(in, bytes).hex());
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    private static void truncate(Path file, long bytes) {
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        } catch (IOException e) {
            throw FileErrors.writing(file, e);
        }
    }
}
