package thinkj.train;

/**
 * Clipping by the global norm, with the factor that PyTorch's {@code clip_grad_norm_} uses: {@code max / (norm + 1e-6)}, at most 1.
 *
 * @param maxNorm the longest gradient let through; 0 turns clipping off
 */
public record GradientClip(double maxNorm) {
    private static final double TORCH_EPSILON = 1e-6;

    /** @param norm Euclidean norm over all parameters */
    public double factor(double norm) {
        return maxNorm == 0 ? 1 : Math.min(1, maxNorm / (norm + TORCH_EPSILON));
    }
}
