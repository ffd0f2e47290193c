package thinkj.ui;

import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.ui.api.UIModule;
import org.deeplearning4j.ui.module.train.TrainModule;
import thinkj.report.TrainingUi;

/** The training pages and the run that they show: the last one that began, also when it has ended. */
final class UiServer implements TrainingUi.Server {
    private final UIModule module;
    private final Pages pages;
    private RunFeed feed;

    private UiServer(UIModule module, Pages pages) {
        this.module = module;
        this.pages = pages;
    }

    static UiServer start(int port) {
        UIModule module = new TrainModule();
        return new UiServer(module, Pages.serve(module, port));
    }

    @Override
    public String address() {
        return pages.address();
    }

    @Override
    public void began(Path run) {
        if (feed != null) {
            module.onDetach(feed.storage());
            feed = null;
        }
        feed = new RunFeed(run);
        module.onAttach(feed.storage());
        feed.storage().registerStatsStorageListener(event -> module.reportStorageEvents(List.of(event)));
    }

    @Override
    public void stepped(Path run, int step) {
        read();
    }

    @Override
    public void ended(Path run) {
        read();
    }

    /** A run that could not be shown when it began, which was said then, is not shown later. */
    private void read() {
        if (feed != null) {
            feed.read();
        }
    }

    @Override
    public void close() {
        pages.close();
    }
}
