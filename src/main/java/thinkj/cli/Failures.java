package thinkj.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ExitCode;
import thinkj.io.FileErrors;
import thinkj.io.UserError;
import thinkj.train.RunStopped;

/** Exceptions to messages and exit codes. */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger("thinkj");

    private Failures() {}

    /** Says what happened and returns the exit code: 2 for what the user can mend, 128 and its number for a signal, 1 for a failed run, whose
     * stack trace is logged. */
    static int report(Throwable failure, PrintWriter err) {
        if (failure instanceof RunStopped stopped) {
            err.println("thinkj: " + stopped.getMessage());
            err.flush();
            return stopped.exitCode();
        }
        UserError mendable = mendable(failure);
        if (mendable != null) {
            err.println("thinkj: " + mendable.getMessage());
            err.flush();
            return ExitCode.USAGE;
        }
        LOG.error("the run failed", failure);
        err.println("thinkj: the run failed: " + summary(failure));
        err.flush();
        return ExitCode.SOFTWARE;
    }

    private static String summary(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            return failure.getMessage() + "; THINKJ_HEAP and THINKJ_OFFHEAP set the limits, `thinkj doctor` shows them";
        }
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }

    /** The user's error in a chain of causes, or a file system's answer read as one; null where there is none. */
    private static UserError mendable(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof UserError error) {
                return error;
            }
            if (t instanceof IOException io && read(io) instanceof UserError error) {
                return error;
            }
        }
        return null;
    }

    private static RuntimeException read(IOException e) {
        Path file = Path.of(e instanceof FileSystemException f && f.getFile() != null ? f.getFile() : "output");
        return e instanceof NoSuchFileException ? FileErrors.reading(file, e) : FileErrors.writing(file, e);
    }
}
