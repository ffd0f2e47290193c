package thinkj.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.LoraSettings;
import thinkj.io.Sizes;
import thinkj.io.UserError;
import thinkj.kernels.Precision;
import thinkj.model.MemoryNeeds;
import thinkj.runtime.Rematerialisation;

/**
 * Memory outside the Java heap that training takes.
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
     * @param parts bytes by what takes them, as the run will be
     * @param limit bytes that they may take together
     * @param words what is done, and why
     */
    public record Saving(Rematerialisation how, Map<String, Long> parts, long limit, String words) {

        /** What the run takes outside the Java heap. */
        public long bytes() {
            return sum(parts);
        }

        /** What else the run holds when it takes the most. */
        Saving and(String name, long bytes) {
            Map<String, Long> more = new LinkedHashMap<>(parts);
            more.put(name, bytes);
            return new Saving(how, more, limit, words);
        }
    }

    /**
     * @param lora what is trained in the place of all parameters
     * @param tokens most tokens in a pass through the model
     * @param targets most of them that are learnt
     * @param lanes passes at the same time
     */
    public static TrainingMemory of(
            Qwen2Config config, Precision precision, Optional<LoraSettings> lora, long tokens, long targets, int lanes) {
        MemoryNeeds needs = TrainedModel.needs(new MemoryNeeds(config, precision, Rematerialisation.OFF), lora);
        long least = TrainedModel.needs(new MemoryNeeds(config, precision, Rematerialisation.EVERY_LAYER), lora).activations(tokens);
        return new TrainingMemory(needs.training(tokens, targets, lanes), lanes * least, lanes);
    }

    /** What else the run holds at the same time. */
    TrainingMemory and(String name, long bytes) {
        Map<String, Long> more = new LinkedHashMap<>(parts);
        more.put(name, bytes);
        return new TrainingMemory(more, leastActivations, lanes);
    }

    /** What is left of a limit when the run takes the least that it can with the setting; negative where that is too much. */
    long left(long limit, ActivationCheckpointing asked) {
        return limit - sum(least(asked));
    }

    /** Bytes by what takes them, with no more activations than a run of such a setting must have. */
    private Map<String, Long> least(ActivationCheckpointing asked) {
        return asked.kind() == ActivationCheckpointing.Kind.OFF ? parts : withActivations(leastActivations);
    }

    private long total() {
        return sum(parts);
    }

    private static long sum(Map<String, Long> parts) {
        return parts.values().stream().mapToLong(Long::longValue).sum();
    }

    private long activations() {
        return parts.getOrDefault(MemoryNeeds.ACTIVATIONS, 0L);
    }

    private Map<String, Long> withActivations(long bytes) {
        Map<String, Long> changed = new LinkedHashMap<>(parts);
        changed.computeIfPresent(MemoryNeeds.ACTIVATIONS, (name, before) -> bytes);
        return changed;
    }

    /** Whether {@link #within} would find a way. */
    boolean fits(long limit, ActivationCheckpointing asked) {
        return problem(limit, asked, "") == null;
    }

    /**
     * Refuses a run that would end when memory does.
     *
     * @param key what the user calls the setting
     * @param advice what would fit, as the end of a message; asked where nothing else does
     */
    public Saving within(long limit, ActivationCheckpointing asked, String key, Supplier<String> advice) {
        String problem = problem(limit, asked, key);
        if (problem != null) {
            throw new UserError(problem + "\n" + advice.get());
        }
        long most = activations();
        return switch (asked.kind()) {
            case OFF -> new Saving(Rematerialisation.OFF, parts, limit, "nothing is computed twice, as set");
            case LAYERS -> new Saving(Rematerialisation.EVERY_LAYER, withActivations(leastActivations), limit,
                    "in place of " + Sizes.shown(most) + ": every layer is computed again, as set");
            case AUTO -> automatic(limit, limit - (total() - most), asked);
        };
    }

    private String problem(long limit, ActivationCheckpointing asked, String key) {
        Map<String, Long> needed = least(asked);
        if (sum(needed) > limit) {
            StringBuilder list = new StringBuilder();
            needed.forEach((name, bytes) -> list.append("\n  ").append(name).append(": ").append(Sizes.shown(bytes)));
            return "training takes about " + Sizes.shown(sum(needed)) + " outside the Java heap, the limit is " + Sizes.shown(limit) + ":" + list;
        }
        if (asked.bytes().isPresent() && asked.bytes().getAsLong() < leastActivations) {
            return key + ": " + asked + ", must be at least " + Sizes.shown(leastActivations)
                    + ", the activations that are left when every layer is computed again";
        }
        return null;
    }

    /** @param room what the machine leaves for activations */
    private Saving automatic(long limit, long room, ActivationCheckpointing asked) {
        long most = activations();
        long allowed = Math.min(room, asked.bytes().orElse(Long.MAX_VALUE));
        if (most <= allowed) {
            return new Saving(Rematerialisation.OFF, parts, limit,
                    "nothing is computed twice: " + Sizes.shown(allowed) + " are allowed (" + asked + ")");
        }
        return new Saving(new Rematerialisation(allowed / lanes), withActivations(allowed), limit,
                "at most, in place of " + Sizes.shown(most) + ": some are computed again, "
                        + (allowed < room ? "as set" : "since memory leaves no more") + " (" + asked + ")");
    }
}
