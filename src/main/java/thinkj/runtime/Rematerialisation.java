package thinkj.runtime;

/**
 * How much of a forward pass is computed a second time, to save the memory that would keep it for the backward pass: as little as it
 * takes to stay within a budget, first what is cheap (norms and SwiGLU), then whole layers; or all layers.
 *
 * @param budget bytes that a graph's arrays may take
 */
public record Rematerialisation(long budget) {
    public static final Rematerialisation OFF = new Rematerialisation(Long.MAX_VALUE);
    public static final Rematerialisation EVERY_LAYER = new Rematerialisation(0);
}
