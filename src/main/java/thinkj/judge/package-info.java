/**
 * What is Think-J's own, free of tensors, tokens and files' formats.
 *
 * <ul>
 *   <li>Asking: {@link thinkj.judge.PromptKind} names the ways to ask, {@link thinkj.judge.Prompts} holds their wording (resource
 *       files that a folder of the user's own can replace), each with a judge form and a critic form that is told the verdict.
 *   <li>Reading: {@link thinkj.judge.VerdictParser} turns an answer into a {@link thinkj.judge.Verdict}; {@code STRICT} by default,
 *       {@code ORIGINAL} and {@code ORIGINAL_STRICT} to compare with the published Think-J. {@link thinkj.judge.PythonText} holds what
 *       those two owe to Python.
 *   <li>Paying: {@link thinkj.judge.Rewards} finds a {@link thinkj.judge.Reward} by name or class, which may tell what it is
 *       made of ({@link thinkj.judge.RewardResult}).
 *   <li>Teaching: {@link thinkj.judge.Traces} makes training targets of a teacher's answers, {@link thinkj.judge.PairBuilder} makes
 *       preference pairs of what judge and critics said.
 * </ul>
 */
package thinkj.judge;
