package thinkj.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.config.ActivationCheckpointing;
import thinkj.config.FollowedSettings;
import thinkj.generate.PromptRules;
import thinkj.io.Sizes;
import thinkj.io.UserError;
import thinkj.model.MemoryNeeds;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;

/**
 * The prompts whose answers a run follows, and what answering takes.
 *
 * @param settings when answers are asked for
 * @param source where the prompts come from, for people
 * @param rows their numbers there, counted from 1
 * @param prompts one for each row
 * @param context most tokens that the model takes
 */
record FollowedPrompts(FollowedSettings settings, String source, List<Integer> rows, List<Followed> prompts, int context) {
    /** What answering takes, as a part of a run's memory. */
    static final String MEMORY = "answers to followed prompts";

    /** How many are followed where none are named. */
    private static final int STANDARD = 3;

    /**
     * What a run reads anyway.
     *
     * @param source a config's key, for people
     * @param prompts all of them
     */
    record Standard(String source, List<Followed> prompts) {}

    /**
     * Reads and checks.
     *
     * @param standard where no file is named
     */
    static FollowedPrompts read(FollowedSettings settings, Path model, HfCheckpoint checkpoint, HfTokenizer tokenizer, Standard standard) {
        int context = checkpoint.config().maxPositionEmbeddings();
        PromptRules rules = new PromptRules(checkpoint.config().vocabSize(), context);
        String source = settings.data().map(Path::toString).orElse(standard.source());
        if (settings.rows().map(List::isEmpty).orElse(false)) {
            return new FollowedPrompts(settings, source, List.of(), List.of(), context);
        }
        List<Followed> all = settings.data()
                .map(file -> new FollowedReader(tokenizer, ChatTemplate.open(HfCheckpoint.tokenizerFolder(model), tokenizer), rules)
                        .read(file.toString()))
                .orElse(standard.prompts());
        List<Integer> rows = settings.rows().orElseGet(() -> IntStream.rangeClosed(1, Math.min(STANDARD, all.size())).boxed().toList());
        List<Followed> prompts = new ArrayList<>();
        for (int row : rows) {
            if (row > all.size()) {
                throw new UserError("followed_prompts.rows: " + row + ", must be at most " + all.size() + ", the rows of " + source);
            }
            Followed prompt = all.get(row - 1);
            rules.promptProblem(prompt.ids()).ifPresent(problem -> {
                throw new UserError("followed_prompts: row " + row + " of " + source + ": " + problem);
            });
            prompts.add(prompt);
        }
        return new FollowedPrompts(settings, source, rows, prompts, context);
    }

    /** Most tokens of an answer: what is set, or what the longest prompt leaves of the context. */
    int mostNewTokens() {
        return Math.min(settings.maxNewTokens(), context - longest());
    }

    private int longest() {
        return prompts.stream().mapToInt(prompt -> prompt.ids().length).max().orElse(0);
    }

    /**
     * Memory of a run that holds what answering takes throughout: the weights as sampling wants them, and the cache.
     *
     * @param needs of the model that is trained
     * @return with {@link #MEMORY} among its parts where that fits; else the run without answers
     */
    TrainingMemory beside(TrainingMemory run, MemoryNeeds needs, long limit, ActivationCheckpointing asked) {
        if (prompts.isEmpty()) {
            return run;
        }
        TrainingMemory both = run.and(MEMORY, bytes(needs));
        return both.fits(limit, asked) ? both : run;
    }

    private long bytes(MemoryNeeds needs) {
        return needs.samplingWeights() + (long) prompts.size() * (longest() + mostNewTokens()) * needs.cachePerToken();
    }

    /** Those that are answered where a run keeps within memory so. */
    FollowedPrompts within(TrainingMemory.Saving saving) {
        return saving.parts().containsKey(MEMORY) ? this : new FollowedPrompts(settings, source, List.of(), List.of(), context);
    }

    /** A row of a plan. */
    String plan() {
        return new PlanText().row("followed", "%s", prompts.isEmpty() ? "no prompt (followed_prompts.rows)" : words()).toString();
    }

    /** A row of a plan of a run that may have no room for answers. */
    String plan(TrainingMemory.Saving saving, MemoryNeeds needs) {
        if (prompts.isEmpty() || saving.parts().containsKey(MEMORY)) {
            return plan();
        }
        return new PlanText()
                .row("followed", "no prompt: memory leaves no room for the %s that answering takes; samples/completions.jsonl stays empty",
                        Sizes.shown(bytes(needs)))
                .toString();
    }

    private String words() {
        String which = rows.size() == 1 ? "row " : "rows ";
        String between = settings.everySteps() == 0 ? "" : ", every " + settings.everySteps() + " steps";
        return which + String.join(", ", rows.stream().map(String::valueOf).toList()) + " of " + source + ": answered before the first step"
                + between + " and after the last";
    }
}
