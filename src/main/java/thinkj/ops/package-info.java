/**
 * The graph's nodes: each step of the transformer is one SameDiff op written in Java, one file an op, forward and backward side by
 * side.
 *
 * <p>A node states its output shapes and types, names its gradient (itself a node) and asks {@link thinkj.kernels.Kernels} to
 * compute. {@link thinkj.ops.GraphOp} is what they share; {@link thinkj.ops.Ops} makes them known to SameDiff, whose autodiff clones
 * graphs by op name. {@link thinkj.ops.Linear} is a trained projection, {@link thinkj.ops.FrozenLinear} one that is not, and
 * {@link thinkj.ops.AdaptedLinear} one that is not but has a trained low-rank branch beside it.
 */
package thinkj.ops;
