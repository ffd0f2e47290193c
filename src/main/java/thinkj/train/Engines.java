package thinkj.train;

import java.util.Optional;
import thinkj.config.GrpoConfig;
import thinkj.config.KernelsSetting;
import thinkj.config.PrecisionSetting;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;

/** From settings to what a model computes with. */
final class Engines {
    private Engines() {}

    /** @throws thinkj.io.UserError where this machine has no such kernels in this precision */
    static Engine of(KernelsSetting kernels, PrecisionSetting precision) {
        return Engine.of(Engine.Choice.valueOf(kernels.name()), precision(precision));
    }

    /** What answers are sampled with, where that is not what is trained with. */
    static Optional<Engine> sampling(GrpoConfig config) {
        Precision precision = samplingPrecision(config);
        return precision == precision(config.precision())
                ? Optional.empty()
                : Optional.of(Engine.of(Engine.Choice.valueOf(config.kernels().name()), precision));
    }

    static Precision samplingPrecision(GrpoConfig config) {
        return Precision.valueOf(config.rollout().precision().name());
    }

    static Precision precision(PrecisionSetting precision) {
        return Precision.valueOf(precision.name());
    }
}
