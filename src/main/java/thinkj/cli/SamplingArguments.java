package thinkj.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;
import thinkj.checkpoint.GenerationConfig;
import thinkj.generate.SamplingOptions;
import thinkj.io.UserError;
import thinkj.tokenizer.Tokenizer;

/** The options of sampling, the same wherever a command samples. What is not given is the checkpoint's own setting. */
final class SamplingArguments {

    @Option(names = "--greedy", description = "Take the likeliest token; the checkpoint's repetition penalty still applies.")
    private boolean greedy;

    @Option(names = "--temperature", paramLabel = "T", description = "Divides the logits.")
    private Double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Draw from the K likeliest tokens; 0 is off.")
    private Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "Draw from the fewest tokens that hold P of the probability; 1 is off.")
    private Double topP;

    @Option(names = "--repetition-penalty", paramLabel = "R", description = "Over prompt and new tokens; 1 is off.")
    private Double repetitionPenalty;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "42", description = "Of the random numbers (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "256",
            description = "Most tokens generated (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(names = "--stop-ids", paramLabel = "ID", split = ",", description = "Ids that end a text too, besides the checkpoint's.")
    private List<Integer> stopIds = List.of();

    @Option(names = "--ignore-eos", description = "The checkpoint's end ids do not end a text.")
    private boolean ignoreEos;

    /**
     * @param defaults the checkpoint's settings
     * @param vocabulary V
     * @param tokenizer null where the checkpoint has none
     */
    SamplingOptions resolve(GenerationConfig defaults, int vocabulary, List<String> stopStrings, Tokenizer tokenizer) {
        refuseContradictions();
        Set<Integer> ends = new TreeSet<>(ignoreEos ? List.of() : defaults.eosTokenIds());
        for (int id : stopIds) {
            if (id < 0 || id >= vocabulary) {
                throw new UserError("--stop-ids: " + id + " is not in the vocabulary, ids are 0 to " + (vocabulary - 1));
            }
            ends.add(id);
        }
        SamplingOptions options = options(defaults, ends, stopStrings);
        List<String> problems = options.problems(tokenizer);
        if (!problems.isEmpty()) {
            throw new UserError(String.join("\n", problems));
        }
        return options;
    }

    private SamplingOptions options(GenerationConfig defaults, Set<Integer> ends, List<String> stopStrings) {
        try {
            return new SamplingOptions(
                    greedy || !defaults.doSample() && drawing().isEmpty(),
                    temperature == null ? defaults.temperature() : temperature,
                    topK == null ? defaults.topK() : topK,
                    topP == null ? defaults.topP() : topP,
                    repetitionPenalty == null ? defaults.repetitionPenalty() : repetitionPenalty,
                    seed,
                    maxNewTokens,
                    ends,
                    stopStrings);
        } catch (IllegalArgumentException e) {
            throw new UserError("sampling options: " + e.getMessage(), e);
        }
    }

    private void refuseContradictions() {
        if (greedy && !drawing().isEmpty()) {
            throw new UserError("--greedy contradicts " + String.join(", ", drawing()) + ": greedy decoding draws nothing; leave one out");
        }
    }

    /** The options given that mean something for drawing only. */
    private List<String> drawing() {
        List<String> given = new ArrayList<>();
        if (temperature != null) {
            given.add("--temperature");
        }
        if (topK != null) {
            given.add("--top-k");
        }
        if (topP != null) {
            given.add("--top-p");
        }
        return given;
    }

    /** The options in force, for the start of a run. */
    static String describe(SamplingOptions options) {
        String ends = options.stopIds().stream().sorted().map(String::valueOf).collect(Collectors.joining(", "));
        String choice = options.greedy()
                ? "greedy"
                : "temperature " + options.temperature() + ", top-k " + (options.topK() == 0 ? "off" : options.topK()) + ", top-p "
                        + (options.topP() == 1 ? "off" : options.topP()) + ", seed " + options.seed();
        return choice + ", repetition penalty " + (options.repetitionPenalty() == 1 ? "off" : options.repetitionPenalty())
                + ", at most " + options.maxNewTokens() + " new tokens, stop ids " + (ends.isEmpty() ? "none" : ends)
                + (options.stopStrings().isEmpty() ? "" : ", stop strings " + options.stopStrings());
    }
}
