package thinkj.generate;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import thinkj.io.UserError;
import thinkj.runtime.Lanes;
import thinkj.tokenizer.Tokenizer;

/**
 * Requests that share a KV cache, continued as they come: some are added, {@link #run} continues them all, more may be added meanwhile or
 * later and find what the cache still holds. Weights must not change as long as it is open.
 */
public final class Generation implements AutoCloseable {
    private final Setup setup;
    private final SamplingOptions options;
    private final Sequence.Choice choice;
    private final GenerationListener listener;
    private final Lane[] lanes;
    private final List<GenerationResult> results = new ArrayList<>();
    private final List<Sequence> undecided = new ArrayList<>();
    private boolean running;

    /**
     * What a generation works with.
     *
     * @param lanes decoders side by side, each with a share of rows, memory and requests
     * @param tokenizer null: no text
     */
    record Setup(Lane.Parts parts, int lanes, PromptRules rules, Tokenizer tokenizer) {}

    Generation(Setup setup, SamplingOptions options, GenerationListener listener) {
        List<String> problems = options.problems(setup.tokenizer());
        if (!problems.isEmpty()) {
            throw new UserError(String.join("\n", problems));
        }
        this.setup = setup;
        this.options = options;
        this.listener = setup.lanes() == 1 ? listener : new OneAtATime(listener);
        choice = new Sequence.Choice(options, setup.rules().vocabulary(), setup.tokenizer());
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / setup.lanes());
        lanes = Stream.generate(() -> new Lane(
                        setup.parts(), new Choosing(options, setup.rules().vocabulary(), threads), new Teller()))
                .limit(setup.lanes())
                .toArray(Lane[]::new);
    }

    /**
     * Adds a request, behind all others. Any thread may do so, but what is added when {@link #run} ends waits for the next run.
     *
     * @return its position: how many were added before
     */
    public int add(GenerationRequest request) {
        int prompt = request.promptIds().length;
        int position;
        String problem = setup.rules().promptProblem(request.promptIds()).orElse(null);
        int mostNew = Math.min(options.maxNewTokens(), setup.rules().context() - prompt);
        problem = problem == null ? setup.parts().space().problem(prompt, prompt + mostNew - 1) : problem;
        synchronized (this) {
            position = results.size();
            results.add(problem == null ? null : GenerationResult.refused(problem));
            if (problem == null) {
                Sequence sequence = new Sequence(request, position, mostNew, choice);
                if (running || lanes.length == 1) {
                    leastLoaded().add(sequence);
                } else {
                    undecided.add(sequence);
                }
            }
        }
        if (problem != null) {
            listener.completed(new Completed(position, result(position)));
        }
        return position;
    }

    /** Ends a request where it is, at the next step of the run that it is part of; one that has ended stays as it is. Any thread may. */
    public void cancel(int position) {
        for (Lane lane : lanes) {
            lane.cancel(position);
        }
    }

    /** Continues all requests to their ends. */
    public void run() {
        share();
        try {
            // Once more where something was added to a lane that had come to its end before the others.
            do {
                Lanes.run(lanes.length, lane -> {
                    lanes[lane].run();
                    return null;
                });
            } while (Stream.of(lanes).anyMatch(Lane::waits));
        } finally {
            synchronized (this) {
                running = false;
            }
        }
    }

    /** Equal prompts go to one lane, so that one of them is read, unless that left lanes without any. */
    private synchronized void share() {
        running = true;
        Set<IntBuffer> different = new HashSet<>();
        undecided.forEach(sequence -> different.add(sequence.prompt()));
        Map<IntBuffer, Lane> ofPrompts = new HashMap<>();
        for (Sequence sequence : undecided) {
            Lane lane = different.size() < lanes.length
                    ? leastLoaded()
                    : ofPrompts.computeIfAbsent(sequence.prompt(), prompt -> leastLoaded());
            lane.add(sequence);
        }
        undecided.clear();
    }

    private Lane leastLoaded() {
        Lane least = lanes[0];
        for (Lane lane : lanes) {
            least = lane.load() < least.load() ? lane : least;
        }
        return least;
    }

    /** What became of a request; null while it is not done. */
    public synchronized GenerationResult result(int position) {
        return results.get(position);
    }

    /** All results, in the order of the requests. */
    synchronized List<GenerationResult> results() {
        return List.copyOf(results);
    }

    public GenerationStats stats() {
        GenerationStats all = GenerationStats.NONE;
        for (Lane lane : lanes) {
            all = all.and(lane.stats());
        }
        return all;
    }

    /** Gives the cache back. */
    @Override
    public void close() {
        Lanes.run(lanes.length, lane -> {
            lanes[lane].close();
            return null;
        });
    }

    /** Passes on what lanes tell. */
    private final class Teller implements Scheduler.Hearer {

        @Override
        public void started(Sequence sequence) {
            listener.started(sequence.position());
        }

        @Override
        public void token(Sequence sequence) {
            listener.token(sequence.position(), sequence.lastId());
        }

        @Override
        public void finished(Sequence sequence) {
            GenerationResult result = sequence.result();
            synchronized (Generation.this) {
                results.set(sequence.position(), result);
            }
            listener.completed(new Completed(sequence.position(), result));
        }

        @Override
        public void stepped() {
            listener.stepped(stats());
        }
    }
}
