package thinkj.config;

import java.util.OptionalLong;
import thinkj.io.Sizes;

/**
 * What training computes a second time in its backward pass to save the memory that would keep it from the forward pass:
 *
 * <ul>
 *   <li>{@code off}: nothing;
 *   <li>{@code layers}: all layers, of each of which only the result is kept;
 *   <li>{@code auto}: as little as it takes to stay within this machine's memory;
 *   <li>{@code auto:SIZE}: as little as it takes for activations to stay within a size too, such as {@code auto:4GB}.
 * </ul>
 *
 * Results are the same to the bit.
 */
public final class ActivationCheckpointing {
    public static final ActivationCheckpointing OFF = new ActivationCheckpointing("off", Kind.OFF, OptionalLong.empty());
    public static final ActivationCheckpointing LAYERS = new ActivationCheckpointing("layers", Kind.LAYERS, OptionalLong.empty());
    public static final ActivationCheckpointing AUTO = new ActivationCheckpointing("auto", Kind.AUTO, OptionalLong.empty());

    /** What a text must be, for messages. */
    public static final String RULE = "auto, auto:SIZE such as auto:4GB, off or layers";

    private static final String WITHIN = "auto:";

    /** Who decides how much is computed a second time. */
    public enum Kind {
        OFF,
        LAYERS,
        AUTO
    }

    private final String text;
    private final Kind kind;
    private final OptionalLong bytes;

    private ActivationCheckpointing(String text, Kind kind, OptionalLong bytes) {
        this.text = text;
        this.kind = kind;
        this.bytes = bytes;
    }

    /** @throws IllegalArgumentException with the text and the rule that it breaks */
    public static ActivationCheckpointing of(String text) {
        switch (text) {
            case "off":
                return OFF;
            case "layers":
                return LAYERS;
            case "auto":
                return AUTO;
            default:
                if (!text.startsWith(WITHIN)) {
                    throw new IllegalArgumentException(text + ", must be " + RULE);
                }
        }
        try {
            return new ActivationCheckpointing(text, Kind.AUTO, OptionalLong.of(Sizes.parse(text.substring(WITHIN.length()))));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(text + ", must be " + RULE + ": " + e.getMessage(), e);
        }
    }

    public Kind kind() {
        return kind;
    }

    /** Most bytes of activations; empty where none is set. */
    public OptionalLong bytes() {
        return bytes;
    }

    /** As it is set. */
    @Override
    public String toString() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ActivationCheckpointing setting && setting.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }
}
