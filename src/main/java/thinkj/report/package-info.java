/**
 * What people look at, made from the files of a run's folder and from nothing else: no tensor, no model, no trainer's state. Whatever is
 * shown of a run that is under way can therefore be made again when it is over.
 *
 * <p>{@link thinkj.report.RunReport} reads a {@code RunFolder} and writes {@code report.html} ({@code Page}), {@code plots/}
 * ({@code ChartImages}) and {@code tensorboard/} ({@code TensorBoard}). {@link thinkj.report.LiveReport} listens to a run and has that done
 * beside it, now and then. {@link thinkj.report.Comparison} puts several runs side by side. {@link thinkj.report.TrainingUi} finds
 * Deeplearning4j's training UI, which is compiled with the Maven profile {@code ui} alone (package {@code thinkj.ui} in {@code src/ui}). The
 * parts:
 *
 * <ul>
 *   <li>{@code RunLog}, {@code Samples}: the files, read as they are at one moment, a last line that is not whole left out;
 *   <li>{@code Series}, {@code Chart}: a metric over the steps; curves that are looked at together, by the metrics' names;
 *   <li>{@code Panel}: a chart as the page draws it; {@code Templates}: the page's frame, which escapes whatever it is given;
 *   <li>{@code EventFile}: TensorBoard's format;
 *   <li>{@code Warnings}: what deserves a second look.
 * </ul>
 */
package thinkj.report;
