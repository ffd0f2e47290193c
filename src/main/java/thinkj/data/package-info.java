/**
 * Rows and how they get in and out: examples, files, the raw data sets, and examples turned into tokens with their label masks.
 *
 * <ul>
 *   <li>Examples: {@link thinkj.data.JudgeExample} (what a judge is asked), {@link thinkj.data.Judged} (what it said),
 *       {@link thinkj.data.SftExample}, {@link thinkj.data.PreferencePair} and {@link thinkj.data.GrpoRow} (what the three trainers take).
 *   <li>Files: {@link thinkj.data.Examples} reads and {@link thinkj.data.ExampleFiles} writes them; {@link thinkj.data.Located} keeps where each
 *       row stands; below, {@link thinkj.data.RowFile}
 *       reads rows of any format. Parquet works on local files without a Hadoop installation.
 *   <li>Raw sets: {@link thinkj.data.DataSet} names them, one reader a set; {@link thinkj.data.Preparation} splits, filters and
 *       de-duplicates; {@link thinkj.data.JudgeTask} words the result as what is trained on; {@link thinkj.data.PrepareReport} counts.
 *   <li>Tokens: {@link thinkj.data.ChatEncoder} speaks the checkpoint's template, {@link thinkj.data.SftEncoder} and
 *       {@link thinkj.data.PairEncoder} make {@link thinkj.data.TrainingSequence}s; {@link thinkj.data.Truncation} says what becomes of
 *       long ones. Label masks and cutting live here and nowhere else.
 * </ul>
 */
package thinkj.data;
