/**
 * Rows and how they get in and out: example records, one reader a format, the raw data sets, and examples turned into token
 * sequences with their label masks. Masks and cutting live here and nowhere else.
 *
 * <p>Start with the records: {@link thinkj.data.JudgeExample} (what a judge is asked), {@link thinkj.data.SftExample},
 * {@link thinkj.data.PreferencePair} and {@link thinkj.data.GrpoRow} (what the three trainers take).
 */
package thinkj.data;
