/**
 * The command line, start here: one class a command, named in the order of the pipeline in {@link thinkj.cli.Main}.
 *
 * <p>Commands are thin: they read their options, call the package that does the work and print what came out. Each is a main class of
 * its own too. What commands share is mixed in: {@code TrainingArguments} what to train, {@code Watching} how to look on. Exit codes: 0 done,
 * 2 something the user can mend ({@link thinkj.io.UserError}, bad options), 1 a failed run.
 */
package thinkj.cli;
