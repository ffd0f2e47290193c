/**
 * How good a judge is: benchmarks, judging in both orders, and the two ways of counting.
 *
 * <p>{@link thinkj.evaluate.RewardBench} and {@link thinkj.evaluate.Benchmark} hold the questions, {@link thinkj.evaluate.JudgingRun}
 * asks them (a stopped run goes on where it was), {@link thinkj.evaluate.JudgeStatistics} counts as the Think-J paper does and
 * {@link thinkj.evaluate.OfficialScores} as RewardBench itself does.
 */
package thinkj.evaluate;
