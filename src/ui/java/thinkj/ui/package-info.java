/**
 * Deeplearning4j's training UI beside a run; compiled with the Maven profile {@code ui} alone.
 *
 * <p>{@link thinkj.ui.Dl4jTrainingUi} is the service that {@link thinkj.report.TrainingUi} looks up. {@code UiServer} listens to a run:
 * {@code RunFeed} turns what the run's logs grow by ({@code LogTail}) into Deeplearning4j's own reports ({@code Reports}), {@code Pages} serves
 * Deeplearning4j's pages of them on the loopback interface.
 *
 * <p>The pages draw one curve, the score; each metric of a run is therefore a session of its own, and the page's list of sessions is the list
 * of its curves. Nothing else is known of a run here but what stands in its folder.
 */
package thinkj.ui;
