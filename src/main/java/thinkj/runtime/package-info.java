/**
 * Runs graphs. {@link thinkj.runtime.GraphRunner} is the one way in, forward alone or with gradient, with the kernels it was given.
 *
 * <p>Behind it a {@code GraphPlan} compiles the graph for what is asked of it. Without shapes: {@code Trace} reads the nodes that are
 * needed, {@code Layers} has layers computed again where {@link thinkj.runtime.Rematerialisation} says so, {@code Sums} folds additions
 * into the nodes that can add, {@code Program} holds the result. By shapes, the first time they come: {@code Shapes} finds those of all
 * values, {@code Layout} the places where they lie in the {@code Arena}, and a {@code Binding} makes the arrays and the {@code Step}s. A
 * run is then a loop over the steps, each prepared by its kernel for the arrays it was bound to. Where a result is not finite,
 * {@link thinkj.runtime.FaultSearch} watches the same run once more and names the first node that gave such numbers ({@code NodeName}); a
 * run that is not watched pays nothing for it.
 */
package thinkj.runtime;
