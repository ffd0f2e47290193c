package thinkj.kernels;

/**
 * What a low-rank branch does besides its two products (Hu et al., 2022).
 *
 * @param scale α / r
 * @param dropout of the branch's input; null for none
 */
public record LowRankBranch(double scale, Dropout dropout) {}
