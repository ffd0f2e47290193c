package thinkj.train;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.io.FileErrors;
import thinkj.io.UserError;

/** Keeps two processes from training in one folder; the system lets go of it when a process ends, however it does. */
final class RunLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunLock.class);

    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws UserError where another has it */
    static RunLock take(Path folder) {
        Path file = folder.resolve(".lock");
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!locked(channel, file)) {
                channel.close();
                throw new UserError(folder + ": another process is training in this folder; wait for it, end it, or give another output folder");
            }
            return new RunLock(channel);
        } catch (IOException e) {
            throw FileErrors.writing(file, e);
        }
    }

    private static boolean locked(FileChannel channel, Path file) {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        } catch (IOException e) {
            LOG.warn("{}: this file system has no locks ({}); no other run may use the folder", file, e.getMessage());
            return true;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.warn("the run's lock could not be given back: {}", e.getMessage());
        }
    }
}
