package thinkj.train;

import java.util.LinkedHashMap;
import java.util.Map;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ActivationCheckpointing;
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
 * @param lanes micro-batches that are computed at the same time
 */
public record TrainingMemory(Map<String, Long> parts, long leastActivations, int lanes) {

    /**
     * How a run keeps within memory.
     *
     * @param how what each graph does
     * @param bytes what the run takes then
     * @param limit what it may take
     * @param words what is done, and why
     */
    public record Saving(Rematerialisation how, long bytes, long limit, String words) {

        /**
         * Two lines for a run's plan.
         *
         * @param row format of a name and a text
         */
        String lines(String row) {
            return String.format(row, "memory", "about " + Sizes.shown(bytes) + " outside the Java heap, the limit is " + Sizes.shown(limit))
                    + String.format(row, "activations", words);
        }
    }

    /**
     * @param tokens most tokens in a pass through the model
     * @param lanes passes at the same time
     */
    public static TrainingMemory of(Qwen2Config config, Precision precision, long tokens, int lanes) {
        MemoryNeeds needs = new MemoryNeeds(config, precision, Rematerialisation.OFF);
        long least = new MemoryNeeds(config, precision, Rematerialisation.EVERY_LAYER).activations(tokens);
        return new TrainingMemory(needs.training(tokens, lanes), lanes * least, lanes);
    }

    /** What else the run holds at the same time. */
    TrainingMemory and(String name, long bytes) {
        Map<String, Long> more = new LinkedHashMap<>(parts);
        more.put(name, bytes);
        return new TrainingMemory(more, leastActivations, lanes);
    }

    private long total() {
        return parts.values().stream().mapToLong(Long::longValue).sum();
    }

    private long activations() {
        return parts.getOrDefault(MemoryNeeds.ACTIVATIONS, 0L);
    }

    /**
     * Refuses a run that would end when memory does.
     *
     * @param key what the user calls the setting
     * @param lower the settings that take memory
     */
    public Saving within(ActivationCheckpointing asked, String key, String lower) {
        return within(Machine.offHeapLimit(), asked, key, lower);
    }

    Saving within(long limit, ActivationCheckpointing asked, String key, String lower) {
        long most = activations();
        long others = total() - most;
        boolean off = asked.kind() == ActivationCheckpointing.Kind.OFF;
        if (others + (off ? most : leastActivations) > limit) {
            throw refusal(limit, off, key, lower);
        }
        if (asked.bytes().isPresent() && asked.bytes().getAsLong() < leastActivations) {
            throw new UserError(key + ": " + asked + ", must be at least " + Sizes.shown(leastActivations)
                    + ", the activations that are left when every layer is computed again; raise it, or lower " + lower);
        }
        return switch (asked.kind()) {
            case OFF -> new Saving(Rematerialisation.OFF, total(), limit, Sizes.shown(most) + ", nothing is computed twice, as set");
            case LAYERS -> new Saving(Rematerialisation.EVERY_LAYER, others + leastActivations, limit,
                    Sizes.shown(leastActivations) + " in place of " + Sizes.shown(most) + ", every layer is computed again, as set");
            case AUTO -> automatic(limit, limit - others, asked);
        };
    }

    /** @param room what the machine leaves for activations */
    private Saving automatic(long limit, long room, ActivationCheckpointing asked) {
        long most = activations();
        long allowed = Math.min(room, asked.bytes().orElse(Long.MAX_VALUE));
        if (most <= allowed) {
            return new Saving(Rematerialisation.OFF, total(), limit,
                    Sizes.shown(most) + ", nothing is computed twice: " + Sizes.shown(allowed) + " are allowed (" + asked + ")");
        }
        return new Saving(new Rematerialisation(allowed / lanes), total() - most + allowed, limit,
                "within " + Sizes.shown(allowed) + " in place of " + Sizes.shown(most) + ", some are computed again: "
                        + (allowed < room ? "as set" : "memory leaves no more") + " (" + asked + ")");
    }

    private UserError refusal(long limit, boolean off, String key, String lower) {
        boolean wouldFit = off && total() - activations() + leastActivations <= limit;
        Map<String, Long> needed = new LinkedHashMap<>(parts);
        if (!off) {
            needed.computeIfPresent(MemoryNeeds.ACTIVATIONS, (name, bytes) -> leastActivations);
        }
        StringBuilder list = new StringBuilder();
        needed.forEach((name, bytes) -> list.append("\n  ").append(name).append(": ").append(Sizes.shown(bytes)));
        long total = needed.values().stream().mapToLong(Long::longValue).sum();
        return new UserError("training takes about " + Sizes.shown(total) + " outside the Java heap, the limit is " + Sizes.shown(limit) + "; "
                + (wouldFit ? "set " + key + " to auto, " : "") + "lower " + lower
                + ", take a smaller model, or raise THINKJ_OFFHEAP where the machine has more:" + list);
    }
}
