package thinkj.device;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Tests load the natives that the program would load on this CPU. */
public final class CpuNativesForTests implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        CpuNatives.install();
    }
}
