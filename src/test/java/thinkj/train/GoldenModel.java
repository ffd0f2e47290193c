package thinkj.train;

import thinkj.Golden;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.model.Qwen2Model;

/** The fixtures' tiny checkpoints, ready to be trained. */
final class GoldenModel {
    private GoldenModel() {}

    static Qwen2Model open(String folder) {
        HfCheckpoint checkpoint = HfCheckpoint.open(Golden.path(folder));
        return new Qwen2Model(checkpoint.config(), checkpoint.load());
    }
}
