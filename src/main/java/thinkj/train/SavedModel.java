package thinkj.train;

import java.nio.file.Path;

/** How a run's model lies on the disk: as a folder that others load. */
interface SavedModel {

    /** Writes the model as it stands, whole or not at all. */
    void write(Path folder);

    /** About what a folder takes. */
    long bytes();

    /** Whether a folder holds what is trained to the bit; where it does not, a checkpoint holds the trained arrays beside it. */
    boolean exact();
}
