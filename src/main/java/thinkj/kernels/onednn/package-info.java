/**
 * The CPU's fast kernels: oneDNN's matrix products, and tight loops for what it has no kernel for.
 *
 * <p>{@link thinkj.kernels.onednn.OneDnn} loads the library, or says why it can't be used here. {@link thinkj.kernels.onednn.Primitives}
 * is the door to it for everything else: a cache of {@link thinkj.kernels.onednn.Primitive}s, each prepared for operands of one
 * {@link thinkj.kernels.onednn.Layout} and run on bare addresses, so that a call costs about two microseconds and allocates nothing.
 * Shapes are named as in {@link thinkj.kernels}.
 */
package thinkj.kernels.onednn;
