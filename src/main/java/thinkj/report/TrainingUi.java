package thinkj.report;

import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import thinkj.io.UserError;
import thinkj.train.RunListener;

/**
 * Deeplearning4j's training UI: pages in a browser that show a run while it trains. What serves them takes many libraries, which come with the
 * Maven profile {@code ui} alone; it is looked up, as a service, where it is asked for.
 */
public interface TrainingUi {

    /** Where Deeplearning4j has its pages. */
    int DEFAULT_PORT = 9000;

    /** Highest number of a port. */
    int LAST_PORT = 65535;

    /** Pages that are served, to this machine alone; they show the run that they heard of last. */
    interface Server extends RunListener, AutoCloseable {

        /** Of the first page, for a browser. */
        String address();

        /** Serves nothing any more. */
        @Override
        void close();
    }

    /** Begins to serve; see {@link #serve}. */
    Server start(int port);

    /**
     * Begins to serve.
     *
     * @param port 0 for any that is free
     * @param classes where the UI is looked for
     * @throws UserError if it is not there, or the port cannot be listened on
     */
    static Server serve(int port, ClassLoader classes) {
        if (port < 0 || port > LAST_PORT) {
            throw new UserError("--ui-port: " + port + ", must be 0 to " + LAST_PORT + "; 0 takes any that is free");
        }
        try {
            return ServiceLoader.load(TrainingUi.class, classes).findFirst().orElseThrow(() -> missing(null)).start(port);
        } catch (ServiceConfigurationError | LinkageError e) {
            throw missing(e);
        }
    }

    private static UserError missing(Throwable cause) {
        return new UserError("--ui: Deeplearning4j's training UI is not on the class path, to which the Maven profile ui puts it; start with "
                + "./thinkj, which builds with it where --ui is given, or build by `mvn -Pui -Dmaven.test.skip=true package` and run with "
                + "java -cp \"target/ui/thinkj.jar:$(cat target/ui/classpath)\"", cause);
    }
}
