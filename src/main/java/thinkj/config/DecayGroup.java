package thinkj.config;

/**
 * Which parameters feel weight decay. The original's parts differ: verl decays all, Hugging Face's trainer leaves biases out, and
 * since transformers 4.49 norms too.
 */
public enum DecayGroup {
    ALL,
    NO_BIASES,
    NO_BIASES_OR_NORMS;

    /** @param name a parameter's name as it stands in the checkpoint */
    public boolean decays(String name) {
        boolean bias = name.endsWith(".bias");
        boolean norm = name.endsWith("norm.weight");
        return switch (this) {
            case ALL -> true;
            case NO_BIASES -> !bias;
            case NO_BIASES_OR_NORMS -> !bias && !norm;
        };
    }
}
