package thinkj.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Curves that are looked at together.
 *
 * @param id also the name of its picture in {@code plots/}
 * @param curves at least one
 */
record Chart(String id, String title, List<Series> curves) {

    /** Which metrics a chart shows, by exact names, or by a prefix that ends in {@code /}. */
    private record Kind(String id, String title, List<String> metrics) {
        Kind(String id, String title, String... metrics) {
            this(id, title, List.of(metrics));
        }

        boolean shows(String metric) {
            return metrics.stream().anyMatch(name -> name.endsWith("/") ? metric.startsWith(name) : metric.equals(name));
        }
    }

    /** What people look at first stands first. */
    private static final List<Kind> KINDS = List.of(
            new Kind("reward", "Score of the answers", "critic/score/"),
            new Kind("validation", "Validation score", "val/test_score/"),
            new Kind("loss", "Loss", "loss", "eval_loss"),
            new Kind("loss-parts", "Parts of the loss", "loss/dpo", "loss/sft"),
            new Kind("accuracy", "Pairs in the right order", "rewards/accuracies"),
            new Kind("margins", "Rewards and their margin", "rewards/margins", "rewards/chosen", "rewards/rejected"),
            new Kind("log-probabilities", "Log-probabilities of the answers, nats", "logps/chosen", "logps/rejected"),
            new Kind("kl", "KL divergence, nats", "actor/kl_loss", "actor/ppo_kl"),
            new Kind("zero-variance", "Groups without signal", "group/zero_variance_fraction"),
            new Kind("lengths", "Length of the answers, tokens", "response_length/mean", "response_length/max", "response_length/min"),
            new Kind("truncated", "Answers cut off", "response_length/clip_ratio"),
            new Kind("entropy", "Entropy, nats", "actor/entropy_loss"),
            new Kind("policy-loss", "Policy loss", "actor/loss", "actor/pg_loss"),
            new Kind("clipped", "Ratios clipped", "actor/pg_clipfrac"),
            new Kind("learning-rate", "Learning rate", "learning_rate", "actor/lr"),
            new Kind("gradient-norm", "Gradient norm", "grad_norm", "actor/grad_norm"),
            new Kind("sampler-difference", "Sampler against trainer, log-probability", "rollout/max_abs_logp_diff"),
            new Kind("throughput", "Tokens a second", "tokens_per_second", "perf/throughput"),
            new Kind("seconds", "Seconds of a step, by part", "timing_s/"),
            new Kind("memory", "Memory, GiB", "memory/"));

    /** The charts for which there are values, in the order of {@link #KINDS}. */
    static List<Chart> of(Map<String, Series> series) {
        List<Chart> charts = new ArrayList<>();
        for (Kind kind : KINDS) {
            List<Series> shown = series.values().stream().filter(one -> kind.shows(one.name())).toList();
            if (!shown.isEmpty()) {
                charts.add(new Chart(kind.id(), kind.title(), shown));
            }
        }
        return charts;
    }

    /** A metric's name without what all of the chart's have in common, which goes without saying. */
    String shortName(String name) {
        int slash = name.lastIndexOf('/') + 1;
        boolean common = slash > 0 && curves.size() > 1 && curves.stream().allMatch(other -> other.name().startsWith(name.substring(0, slash)));
        return common ? name.substring(slash) : name;
    }

    /** A chart for all metrics of a group that no other chart shows, so that none is hidden. */
    static List<Chart> rest(Map<String, Series> series) {
        Predicate<Series> elsewhere = one -> KINDS.stream().anyMatch(kind -> kind.shows(one.name()));
        Map<String, List<Series>> groups = new LinkedHashMap<>();
        series.values().stream()
                .filter(elsewhere.negate())
                .forEach(one -> groups.computeIfAbsent(group(one.name()), name -> new ArrayList<>()).add(one));
        return groups.entrySet().stream().map(group -> new Chart(group.getKey(), group.getKey(), group.getValue())).toList();
    }

    private static String group(String metric) {
        int slash = metric.lastIndexOf('/');
        return slash < 0 ? metric : metric.substring(0, slash);
    }
}
