package thinkj.train;

import thinkj.config.KernelsSetting;
import thinkj.config.PrecisionSetting;
import thinkj.kernels.Engine;
import thinkj.kernels.Precision;

/** From settings to what a model computes with. */
final class Engines {
    /** Format of a line of a run's plan: a name and a text. */
    static final String ROW = "%-14s %s%n";

    private Engines() {}

    /** @throws thinkj.io.UserError where this machine has no such kernels in this precision */
    static Engine of(KernelsSetting kernels, PrecisionSetting precision) {
        return Engine.of(Engine.Choice.valueOf(kernels.name()), precision(precision));
    }

    static Precision precision(PrecisionSetting precision) {
        return Precision.valueOf(precision.name());
    }
}
