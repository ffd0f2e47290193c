package thinkj.generate;

import java.util.Arrays;
import java.util.List;
import thinkj.model.LossGraph;
import thinkj.model.PackedTokens;
import thinkj.model.Qwen2Model;

/** Log-probabilities of texts that are already there, at temperature 1, in packed batches of a bounded number of tokens. */
public final class Scorer {

    /** What is scored: the continuation, after the prompt; at least one token each. */
    public record Request(int[] promptIds, int[] continuationIds) {

        /** Tokens of both. */
        public int tokens() {
            return promptIds.length + continuationIds.length;
        }
    }

    /** Told of each request as soon as it is scored, in order. */
    @FunctionalInterface
    public interface Receiver {
        /** @param logProbs a value for each continuation token */
        void accept(int position, float[] logProbs);
    }

    private final LossGraph graph;
    private final int batchTokens;

    /** @param batchTokens most tokens of a batch; a longer sequence is a batch of its own */
    public Scorer(Qwen2Model model, int batchTokens) {
        graph = new LossGraph(model, 1, null);
        this.batchTokens = batchTokens;
    }

    /** Scores all requests in their order. */
    public void score(List<Request> requests, Receiver receiver) {
        int done = 0;
        while (done < requests.size()) {
            List<Request> batch = batch(requests.subList(done, requests.size()));
            PackedTokens.Builder packed = new PackedTokens.Builder();
            batch.forEach(request -> packed.add(joined(request), request.promptIds().length));
            float[] values = graph.logProbs(packed.build());
            int at = 0;
            for (Request request : batch) {
                receiver.accept(done++, Arrays.copyOfRange(values, at, at += request.continuationIds().length));
            }
        }
    }

    private List<Request> batch(List<Request> left) {
        int count = 1;
        int tokens = left.get(0).tokens();
        while (count < left.size() && tokens + left.get(count).tokens() <= batchTokens) {
            tokens += left.get(count++).tokens();
        }
        return left.subList(0, count);
    }

    private static int[] joined(Request request) {
        int[] ids = Arrays.copyOf(request.promptIds(), request.tokens());
        System.arraycopy(request.continuationIds(), 0, ids, request.promptIds().length, request.continuationIds().length);
        return ids;
    }
}
