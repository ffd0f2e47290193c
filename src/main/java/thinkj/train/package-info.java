/**
 * The training runs and what they share.
 *
 * <p>{@link thinkj.train.SftTrainer} teaches by example; the preference and the reinforcement trainer stand beside it. All of them
 * are the same few verbs: fill {@link thinkj.train.Gradients} from micro-batches, let {@link thinkj.train.Updater} take a step, tell
 * {@link thinkj.train.RunDirectory}. The parts, from small to large:
 *
 * <ul>
 *   <li>{@link thinkj.train.LearningRateSchedule}, {@link thinkj.train.GradientClip}: plain formulas;
 *   <li>{@link thinkj.train.AdamW} and {@link thinkj.train.Gradients}: loops over all parameters, on all cores, without allocation;
 *   <li>{@link thinkj.train.Updater}: one optimiser step, refusing anything that is not finite;
 *   <li>{@link thinkj.train.MicroBatches}, {@link thinkj.train.EpochOrder}: what is learned from, in which order and portions;
 *   <li>{@link thinkj.train.RunDirectory}: the folder a run leaves behind.
 * </ul>
 *
 * <p>No formula of an objective lives here (see {@code thinkj.loss}), and no reading of data files (see {@code thinkj.data}).
 */
package thinkj.train;
