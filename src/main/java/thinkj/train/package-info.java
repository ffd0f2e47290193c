/**
 * The training runs and what they share.
 *
 * <p>{@link thinkj.train.SftTrainer} teaches by example, {@link thinkj.train.DpoTrainer} by preferred and rejected answers,
 * {@link thinkj.train.GrpoTrainer} by rewarded ones. All of them are the same few verbs: try everything that can go wrong, then fill
 * {@link thinkj.train.Gradients} from micro-batches, let {@link thinkj.train.Updater} take a step, tell
 * {@link thinkj.train.RunDirectory}. A trainer reads and writes files; its loop ({@code SftLoop}, {@code DpoLoop}, {@code GrpoLoop})
 * takes the steps. What a run starts from is its {@code Setup}: read and checked, with the plan that follows from it ({@code ExamplePlan},
 * {@code Workload}, {@link thinkj.train.TrainingMemory}), printed before every run, and at length by {@code DryRun}, which also times the
 * parts of a step ({@code Rehearsal}, {@code Estimate}) and writes nothing. The parts, from small to large:
 *
 * <ul>
 *   <li>{@link thinkj.train.LearningRateSchedule}, {@link thinkj.train.GradientClip}: plain formulas;
 *   <li>{@link thinkj.train.AdamW} and {@link thinkj.train.Gradients}: loops over all parameters, on all cores, without allocation;
 *   <li>{@link thinkj.train.Updater}: one optimiser step, refusing anything that is not finite;
 *   <li>{@code NotFinite}: what came out as NaN or infinite, on its way from who finds it to the run's failure, which names step, rows
 *       and the first node; {@link thinkj.train.Spike}, {@code SpikeWatch}: values that stand out from those before;
 *   <li>{@link thinkj.train.MicroBatches}, {@link thinkj.train.EpochOrder}, {@code StepWindows}: what is learned from, in which order and portions;
 *   <li>{@code SftGradient}, {@code PreferenceGradient}, {@code PolicyGradient}: the gradient of one optimiser step, whatever the cut into micro-batches;
 *   <li>{@code ReferenceLogProbs}: what the start model makes of every pair, computed once and kept on disk;
 *   <li>{@code Rollouts}, {@link thinkj.train.RewardRunner}, {@code PaidAnswers}: answers sampled with the weights as they are, paid for
 *       beside the run and with a time limit, compared within their group;
 *   <li>{@code GroupSampling}, {@code AnswerScoring}: the groups of a step, those without signal replaced, and what the trainer makes of
 *       them, together the {@code StepAnswers} that are learnt from;
 *   <li>{@link thinkj.train.RunDirectory}: the folder a run leaves behind; {@link thinkj.train.RunListener}: hears how it fills;
 *   <li>{@code RunStart}, {@code Checkpointer}, {@code Checkpoints}, {@code RolloutLog}: what lets a run that was stopped go on to the same
 *       bytes. A loop tells {@code Checkpointer} of every step and keeps nothing between steps but what {@code LoopMemory} saves.
 * </ul>
 *
 * <p>No formula of an objective lives here (see {@code thinkj.loss}), and no reading of data files (see {@code thinkj.data}).
 */
package thinkj.train;
