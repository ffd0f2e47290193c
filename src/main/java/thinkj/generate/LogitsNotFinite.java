package thinkj.generate;

/** A model gave NaN or infinite logits, of which no token can be chosen. */
public final class LogitsNotFinite extends ArithmeticException {
    private final long sample;
    private final int token;

    /**
     * @param sample index of the request
     * @param token how many tokens the sample had already
     */
    LogitsNotFinite(long sample, int token) {
        super("sample " + sample + ", token " + token + ": the model's logits are not finite");
        this.sample = sample;
        this.token = token;
    }

    /** Index of the request. */
    public long sample() {
        return sample;
    }

    /** How many tokens the sample had already. */
    public int token() {
        return token;
    }
}
