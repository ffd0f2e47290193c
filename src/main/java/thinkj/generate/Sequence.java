package thinkj.generate;

import java.nio.IntBuffer;
import java.util.Arrays;
import thinkj.model.PagedModel;
import thinkj.tokenizer.Tokenizer;

/**
 * One request on its way: its tokens, which of them the cache holds and in which blocks, and what was chosen so far. A sequence may lose
 * its blocks and start again; what was chosen stays.
 */
final class Sequence {
    private final GenerationRequest request;
    private final int position;
    private final Choice choice;
    private final int mostNew;
    private final SeenIds seen;
    private final StopStrings stops;
    private PromptGroup group;
    private final long added = System.nanoTime();
    private long started;
    private long first;
    private int[] ids;
    private int size;
    private float[] logProbs = new float[16];
    private int fed;
    private int furthest;
    private int[] blocks = new int[4];
    private int blockCount;
    private long chain = BlockPool.START;
    private int chained;
    private String finishReason;

    /**
     * What is the same for all sequences of a generation.
     *
     * @param vocabulary V
     * @param tokenizer null: no text
     */
    record Choice(SamplingOptions options, int vocabulary, Tokenizer tokenizer) {}

    /**
     * @param position the request's place among all
     * @param mostNew tokens that options and context leave room for
     */
    Sequence(GenerationRequest request, int position, int mostNew, Choice choice) {
        this.request = request;
        this.position = position;
        this.mostNew = mostNew;
        this.choice = choice;
        ids = Arrays.copyOf(request.promptIds(), request.promptIds().length + Math.min(mostNew, 64));
        size = request.promptIds().length;
        SamplingOptions options = choice.options();
        stops = options.stopStrings().isEmpty() ? null : new StopStrings(options.stopStrings(), choice.tokenizer());
        seen = options.repetitionPenalty() == 1 ? null : new SeenIds(choice.vocabulary());
        if (seen != null) {
            seen.addAll(request.promptIds());
        }
    }

    /** The request's place among all. */
    int position() {
        return position;
    }

    /** The prompt by its content. */
    IntBuffer prompt() {
        return IntBuffer.wrap(request.promptIds());
    }

    void join(PromptGroup equals) {
        group = equals;
    }

    /** Whether another sequence reads its prompt, or has read it. */
    boolean waitsForItsPrompt() {
        return !begun() && (group.kept() != null || group.leader() != null && group.leader() != this);
    }

    /** Those with the same prompt. */
    PromptGroup group() {
        return group;
    }

    int promptLength() {
        return request.promptIds().length;
    }

    /** Prompt and generated tokens. */
    int size() {
        return size;
    }

    int[] ids() {
        return ids;
    }

    /** Most tokens that the cache will have to hold: the last one is never fed. */
    int mostFed() {
        return promptLength() + mostNew - 1;
    }

    /** Whether a token was chosen. */
    boolean begun() {
        return size > promptLength();
    }

    /** Tokens that were chosen. */
    int generated() {
        return size - promptLength();
    }

    // ---- The cache ----

    /** Tokens that the cache holds. */
    int fed() {
        return fed;
    }

    /** Most tokens that it has ever held. */
    int furthest() {
        return furthest;
    }

    /** Tokens that the cache does not hold yet. */
    int pending() {
        return size - fed;
    }

    /** The next tokens for the cache. */
    PagedModel.Piece piece(int count) {
        return new PagedModel.Piece(Arrays.copyOfRange(ids, fed, fed + count), fed, blocks(), count == pending());
    }

    /** So many more tokens are in the cache; returns how many of these are there for the first time. */
    int advance(int count) {
        fed += count;
        int fresh = Math.max(0, Math.min(count, fed - furthest));
        furthest = Math.max(furthest, fed);
        return fresh;
    }

    int[] blocks() {
        return Arrays.copyOf(blocks, blockCount);
    }

    int blockCount() {
        return blockCount;
    }

    int block(int i) {
        return blocks[i];
    }

    void addBlock(int block) {
        if (blockCount == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * blockCount);
        }
        blocks[blockCount++] = block;
    }

    /** Another block in the place of the last one. */
    void replaceLastBlock(int block) {
        blocks[blockCount - 1] = block;
    }

    /** What stands before the first block that is not findable. */
    long chain() {
        return chain;
    }

    /** How many blocks are findable, or hold what findable ones do. */
    int chained() {
        return chained;
    }

    void chain(long number) {
        chain = number;
        chained++;
    }

    /** Begins behind its prompt, as {@link #advance}; the caller counts the new user of the blocks. */
    int begin(PromptGroup.Kept prompt) {
        blocks = prompt.blocks().clone();
        blockCount = blocks.length;
        chain = prompt.chain();
        chained = prompt.chained();
        return advance(promptLength());
    }

    /** The cache holds nothing of it any more; the caller takes the user off the blocks. */
    void forget() {
        blockCount = 0;
        fed = 0;
        chain = BlockPool.START;
        chained = 0;
    }

    // ---- Choosing ----

    /** Chooses the next token from the logits that the sampler holds. */
    void choose(Sampler sampler) {
        int chosen = generated();
        int id = sampler.choose(seen, request.index(), chosen);
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        if (chosen == logProbs.length) {
            logProbs = Arrays.copyOf(logProbs, 2 * chosen);
        }
        if (chosen == 0) {
            first = System.nanoTime();
        }
        ids[size++] = id;
        logProbs[chosen] = (float) sampler.logProb();
        if (seen != null) {
            seen.add(id);
        }
        boolean stopText = stops != null && stops.add(id);
        if (choice.options().stopIds().contains(id) || stopText) {
            finishReason = GenerationResult.STOP;
        } else if (generated() == mostNew) {
            finishReason = GenerationResult.LENGTH;
        }
    }

    int lastId() {
        return ids[size - 1];
    }

    boolean finished() {
        return finishReason != null;
    }

    // ---- What becomes of it ----

    /** Takes it up; false if it was before. */
    boolean start() {
        boolean fresh = started == 0;
        started = fresh ? System.nanoTime() : started;
        return fresh;
    }

    /** Ends it where it is. */
    void cancel() {
        finishReason = GenerationResult.CANCELLED;
    }

    GenerationResult result() {
        int[] answer = Arrays.copyOfRange(ids, promptLength(), size);
        Tokenizer tokenizer = choice.tokenizer();
        String text = tokenizer == null ? null : StopStrings.cut(tokenizer.decode(answer, true), choice.options().stopStrings());
        long now = System.nanoTime();
        double queued = seconds(started == 0 ? now : started);
        GenerationResult.Times times = new GenerationResult.Times(queued, first == 0 ? queued : seconds(first), seconds(now));
        return new GenerationResult(answer, Arrays.copyOf(logProbs, answer.length), finishReason, text, times, null);
    }

    private double seconds(long time) {
        return (time - added) / 1e9;
    }
}
