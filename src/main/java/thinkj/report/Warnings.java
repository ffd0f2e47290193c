package thinkj.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import thinkj.train.Spike;

/** What in a run deserves a second look, in sentences. Tells and explains; what must stop a run stops it elsewhere. */
final class Warnings {
    /** Steps that are averaged over. */
    private static final int NEIGHBOURS = 20;

    private static final double MUCH_WITHOUT_SIGNAL = 0.5;
    private static final double MUCH_CUT_OFF = 0.1;
    private static final double FAR_APART = 0.5;
    private static final double OVERFITTED = 1.1;

    private Warnings() {}

    static List<String> of(RunFolder run) {
        Map<String, Series> series = run.series();
        List<String> warnings = new ArrayList<>();
        if (!run.metrics().notFinite().isEmpty()) {
            warnings.add("No number came out at " + count(run.metrics().notFinite().size(), "step") + ", the first of them "
                    + run.metrics().notFinite().iterator().next() + ": see the nulls in metrics.jsonl.");
        }
        Spike.RULES.forEach(rule -> spikes(warnings, rule, series.get(rule.metric())));
        above(warnings, series.get("group/zero_variance_fraction"), MUCH_WITHOUT_SIGNAL,
                "%.0f %% of the groups were paid alike lately and carry no signal: the prompts are too easy or too hard, or n is too small.", 100);
        above(warnings, series.get("response_length/clip_ratio"), MUCH_CUT_OFF,
                "%.0f %% of the answers were cut off at rollout.max_response_length lately.", 100);
        above(warnings, series.get("rollout/max_abs_logp_diff"), FAR_APART,
                "The sampler's log-probabilities were up to %.2f away from the trainer's lately.", 1);
        failures(warnings, series.get("reward/failed"));
        overfitting(warnings, series.get("eval_loss"));
        if (run.state() == RunFolder.State.STOPPED) {
            warnings.add(run.stopped().map(why -> "The run stopped before its end: " + why).orElse("The run stopped before its end."));
        }
        return warnings;
    }

    private static void spikes(List<String> warnings, Spike rule, Series series) {
        if (series == null) {
            return;
        }
        int spikes = 0;
        int first = -1;
        for (int i = Spike.NEIGHBOURS; i < series.size(); i++) {
            double median = Spike.median(Arrays.copyOfRange(series.values(), i - Spike.NEIGHBOURS, i));
            if (rule.is(series.values()[i], median)) {
                spikes++;
                first = first < 0 ? i : first;
            }
        }
        if (spikes > 0) {
            warnings.add(String.format("%s was more than %.0f times as high as the median of the %d values before at %s, the first of them %s.",
                    sentence(rule.name()), rule.factor(), Spike.NEIGHBOURS, count(spikes, "step"), Ticks.shown(series.steps()[first])));
        }
    }

    private static String sentence(String beginning) {
        return Character.toUpperCase(beginning.charAt(0)) + beginning.substring(1);
    }

    /** @param sentence with the mean of the last values in it, times the factor */
    private static void above(List<String> warnings, Series series, double most, String sentence, double factor) {
        if (series != null && series.recent(NEIGHBOURS) > most) {
            warnings.add(String.format(sentence, factor * series.recent(NEIGHBOURS)));
        }
    }

    private static void failures(List<String> warnings, Series series) {
        double failed = series == null ? 0 : Arrays.stream(series.values()).sum();
        if (failed > 0) {
            warnings.add("The reward failed or took too long for " + count((long) failed, "answer") + "; samples/completions.jsonl says why.");
        }
    }

    private static void overfitting(List<String> warnings, Series series) {
        if (series != null && series.last() > OVERFITTED * series.min()) {
            warnings.add("The loss on held-out examples is " + Ticks.shown(series.last()) + ", it was " + Ticks.shown(series.min())
                    + " before: the model is learning its examples by heart.");
        }
    }

    private static String count(long count, String what) {
        return Ticks.shown((double) count) + " " + what + (count == 1 ? "" : "s");
    }
}
