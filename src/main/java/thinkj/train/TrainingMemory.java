package thinkj.train;

import java.util.LinkedHashMap;
import java.util.Map;
import thinkj.checkpoint.Qwen2Config;
import thinkj.device.Machine;
import thinkj.io.UserError;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.runtime.Rematerialisation;

/**
 * Memory outside the Java heap that training all parameters takes.
 *
 * @param parts bytes by what takes them
 */
record TrainingMemory(Map<String, Long> parts) {

    /** @param tokens most tokens in a pass through the model */
    static TrainingMemory of(Qwen2Config config, Precision precision, long tokens) {
        return new TrainingMemory(new MemoryNeeds(config, precision, Rematerialisation.OFF).training(tokens));
    }

    /** What else the run holds at the same time. */
    TrainingMemory and(String name, long bytes) {
        Map<String, Long> more = new LinkedHashMap<>(parts);
        more.put(name, bytes);
        return new TrainingMemory(more);
    }

    long total() {
        return parts.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Refuses a run that would end when memory does.
     *
     * @param lower the settings that take memory
     */
    void requireRoom(String lower) {
        requireRoom(Machine.offHeapLimit(), lower);
    }

    void requireRoom(long limit, String lower) {
        if (total() > limit) {
            StringBuilder list = new StringBuilder();
            parts.forEach((name, bytes) -> list.append("\n  ").append(name).append(": ").append(Machine.gibibytes(bytes)));
            throw new UserError("training takes about " + Machine.gibibytes(total()) + " outside the Java heap, the limit is "
                    + Machine.gibibytes(limit) + "; lower " + lower + ", take a smaller model, or raise THINKJ_OFFHEAP where the machine "
                    + "has more:" + list);
        }
    }
}
