/**
 * The whole pipeline on an embedded default, in minutes on a laptop.
 *
 * <p>{@code DigitQuestion} and {@code DigitTask} are questions whose answer a program knows,
 * {@code JudgingTask} puts two responses of known quality under one, and thinks it through as a teacher would.
 * {@code BaseMaterial} makes what the small base model is taught before it is a judge. {@link thinkj.quickstart.Quickstart} runs it all.
 */
package thinkj.quickstart;
