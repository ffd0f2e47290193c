package thinkj.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Folders of runs as training commands leave them. */
final class RunFiles {
    private RunFiles() {}

    /** A supervised run of ten steps that was stopped after the fourth: its process is of the past. */
    static Path supervised(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("samples"));
        Files.writeString(folder.resolve("config.yaml"), "model: models/base\nseed: 42\noptimizer:\n  learning_rate: 0.001\n");
        Files.writeString(folder.resolve("environment.jsonl"),
                "{\"recipe\":\"sft\",\"steps\":10,\"started\":\"2026-01-02T03:04:05Z\",\"process\":999999999,\"engine\":\"an engine\","
                        + "\"physical_memory\":1073741824}\n");
        for (int step = 1; step <= 4; step++) {
            step(folder, step, 1.0 / step);
        }
        return folder;
    }

    static void step(Path folder, int step, double loss) throws IOException {
        append(folder.resolve("metrics.jsonl"), "{\"step\":" + step + ",\"loss\":" + loss + ",\"learning_rate\":0.001}\n");
        append(folder.resolve("timings.jsonl"), "{\"step\":" + step + ",\"time\":" + (1000 + 2 * step) + ",\"tokens_per_second\":500.0}\n");
    }

    static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
