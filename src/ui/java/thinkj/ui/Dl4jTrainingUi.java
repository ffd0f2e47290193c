package thinkj.ui;

import thinkj.report.TrainingUi;

/** Deeplearning4j's training UI where its libraries are there. */
public final class Dl4jTrainingUi implements TrainingUi {

    /** Made by the service loader. */
    public Dl4jTrainingUi() {}

    @Override
    public Server start(int port) {
        return UiServer.start(port);
    }
}
