package thinkj.train;

import java.util.LinkedHashMap;
import java.util.Map;
import thinkj.checkpoint.Qwen2Config;
import thinkj.device.Machine;
import thinkj.io.Sizes;
import thinkj.io.UserError;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.runtime.Rematerialisation;

/**
 * Memory outside the Java heap that training all parameters takes.
 *
 * @param parts bytes by what takes them, with nothing computed twice
 * @param leastActivations bytes of activations when every layer is computed again
 */
record TrainingMemory(Map<String, Long> parts, long leastActivations) {

    /** @param tokens most tokens in a pass through the model */
    static TrainingMemory of(Qwen2Config config, Precision precision, long tokens) {
        long least = new MemoryNeeds(config, precision, Rematerialisation.EVERY_LAYER).activations(tokens);
        return new TrainingMemory(new MemoryNeeds(config, precision, Rematerialisation.OFF).training(tokens), least);
    }

    /** What else the run holds at the same time. */
    TrainingMemory and(String name, long bytes) {
        Map<String, Long> more = new LinkedHashMap<>(parts);
        more.put(name, bytes);
        return new TrainingMemory(more, leastActivations);
    }

    long total() {
        return parts.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Refuses a run that would end when memory does.
     *
     * @param lower the settings that take memory
     * @return how the run keeps within the limit
     */
    Rematerialisation requireRoom(String lower) {
        return requireRoom(Machine.offHeapLimit(), lower);
    }

    Rematerialisation requireRoom(long limit, String lower) {
        if (total() <= limit) {
            return Rematerialisation.OFF;
        }
        long room = limit - total() + parts.getOrDefault(MemoryNeeds.ACTIVATIONS, 0L);
        if (parts.containsKey(MemoryNeeds.ACTIVATIONS) && room >= leastActivations) {
            return new Rematerialisation(room);
        }
        Map<String, Long> least = new LinkedHashMap<>(parts);
        least.computeIfPresent(MemoryNeeds.ACTIVATIONS, (name, bytes) -> leastActivations);
        long total = new TrainingMemory(least, leastActivations).total();
        StringBuilder list = new StringBuilder();
        least.forEach((name, bytes) -> list.append("\n  ").append(name).append(": ").append(Sizes.shown(bytes)));
        throw new UserError("training takes about " + Sizes.shown(total) + " outside the Java heap, the limit is "
                + Sizes.shown(limit) + "; lower " + lower + ", take a smaller model, or raise THINKJ_OFFHEAP where the machine "
                + "has more:" + list);
    }

    /** A line that says what is done to keep within the limit, if anything. */
    static String line(Rematerialisation saving) {
        return saving.equals(Rematerialisation.OFF)
                ? ""
                : String.format("%-14s activations within %s, the others are computed a second time%n", "memory",
                        Sizes.shown(saving.budget()));
    }
}
