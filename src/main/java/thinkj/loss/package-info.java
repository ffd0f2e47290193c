/**
 * What training minimises: one formula a file, as SameDiff arithmetic over the log-probabilities [M] (and entropies [M]) of a packed
 * batch's targets. Whatever else a formula needs is a placeholder, filled from the formula's own {@code inputs}; what is worth
 * reporting is a named node. The gradient is SameDiff's.
 *
 * <p>{@link thinkj.loss.SftLoss} imitates, {@link thinkj.loss.DpoLoss} prefers, {@link thinkj.loss.GrpoLoss} reinforces with the
 * numbers of {@link thinkj.loss.GroupAdvantages}. No setting files, data or model here: a formula takes plain numbers.
 */
package thinkj.loss;
