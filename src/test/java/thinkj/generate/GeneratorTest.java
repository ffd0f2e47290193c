package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import thinkj.io.UserError;
import thinkj.tokenizer.Tokenizer;

/** The loop around a model that is a plain function of its sequence. */
class GeneratorTest {
    private static final int VOCABULARY = 300;
    private static final int CONTEXT = 200;
    private static final int BLOCK = 4;
    private static final PromptRules RULES = new PromptRules(VOCABULARY, CONTEXT);
    private final FakeDecoder.Log log = new FakeDecoder.Log();

    @Test
    void eachRequestIsContinuedAsIfAlone() {
        List<GenerationRequest> requests = requests(40);
        for (SamplingOptions options : List.of(options(true, 12, Set.of(7, 8)), options(false, 12, Set.of(7, 8)))) {
            List<GenerationResult> together = generator(randomModel(), null, 6, 16).generate(requests, options, done -> {});
            for (int i = 0; i < requests.size(); i++) {
                List<GenerationRequest> request = requests.subList(i, i + 1);
                GenerationResult alone = generator(randomModel(), null, 1, 1000).generate(request, options, done -> {}).get(0);
                assertArrayEquals(alone.ids(), together.get(i).ids());
                assertArrayEquals(alone.logProbs(), together.get(i).logProbs());
                assertEquals(alone.finishReason(), together.get(i).finishReason());
                assertNull(alone.text());
            }
        }
        assertEquals(log.opened.size(), log.closed);
    }

    @Test
    void rowsAreFilledAgainAndPromptsAreFedInBoundedPieces() {
        generator(randomModel(), null, 6, 16).generate(requests(40), options(false, 12, Set.of(7, 8)), done -> {});
        assertEquals(1, log.opened.size());
        assertEquals(6, log.mostRows);
        assertTrue(Collections.max(log.tokensOfSteps) <= 16 + 6);
        int tokens = log.tokensOfSteps.stream().mapToInt(Integer::intValue).sum();
        // Forty requests of up to twelve tokens through six rows: a row that waited for its batch would need many more steps.
        assertTrue(log.tokensOfSteps.size() < tokens / 3, log.tokensOfSteps + "");
    }

    @Test
    void decodersSideBySideGiveTheSame() {
        List<GenerationRequest> requests = requests(20);
        SamplingOptions options = options(false, 12, Set.of(7, 8));
        List<GenerationResult> one = generator(randomModel(), null, 6, 16).generate(requests, options, done -> {});
        Generator three = new Generator(
                blocks -> FakeDecoder.factory(randomModel(), BLOCK, new FakeDecoder.Log()).open(blocks),
                new CacheSpace(BLOCK, BLOCK, 100_000), new Scheduler.Pace(6, 16, 16), 3, RULES, null);
        // An unsynchronised list would lose some of what three threads told at once.
        List<Integer> told = new ArrayList<>();
        List<GenerationResult> side = three.generate(requests, options, done -> told.add(done.requestPosition()));
        Collections.sort(told);
        assertEquals(IntStream.range(0, 20).boxed().toList(), told);
        for (int i = 0; i < requests.size(); i++) {
            assertArrayEquals(one.get(i).ids(), side.get(i).ids());
            assertArrayEquals(one.get(i).logProbs(), side.get(i).logProbs());
        }
    }

    @Test
    void whatIsAddedWhileDecodersRunSideBySideIsDoneInTheSameRun() {
        List<GenerationRequest> requests = requests(30);
        SamplingOptions options = options(false, 12, Set.of(7, 8));
        List<GenerationResult> expected = generator(randomModel(), null, 6, 16).generate(requests, options, done -> {});
        Generator three = new Generator(
                blocks -> FakeDecoder.factory(randomModel(), BLOCK, new FakeDecoder.Log()).open(blocks),
                new CacheSpace(BLOCK, BLOCK, 100_000), new Scheduler.Pace(6, 16, 16), 3, RULES, null);
        Generation[] open = new Generation[1];
        int[] added = {3};
        GenerationListener arrivals = new GenerationListener() {
            @Override
            public void completed(Completed completed) {
                if (added[0] < requests.size()) {
                    open[0].add(requests.get(added[0]++));
                }
            }
        };
        try (Generation generation = three.open(options, arrivals)) {
            open[0] = generation;
            requests.subList(0, 3).forEach(generation::add);
            generation.run();
            for (int i = 0; i < requests.size(); i++) {
                assertArrayEquals(expected.get(i).ids(), generation.result(i).ids());
            }
        }
    }

    @Test
    void aSampleDependsOnSeedAndIndexNotOnItsPlace() {
        List<GenerationRequest> requests = requests(10);
        List<GenerationRequest> reversed = new ArrayList<>(requests);
        Collections.reverse(reversed);
        SamplingOptions options = options(false, 20, Set.of());
        List<GenerationResult> first = generator(randomModel(), null, 4, 64).generate(requests, options, done -> {});
        List<GenerationResult> second = generator(randomModel(), null, 3, 7).generate(reversed, options, done -> {});
        for (int i = 0; i < requests.size(); i++) {
            assertArrayEquals(first.get(i).ids(), second.get(requests.size() - 1 - i).ids());
        }
    }

    @Test
    void completionsAreReportedOnceWithTheirPlaceAndTokensInOrder() {
        List<GenerationRequest> requests = requests(9);
        List<Completed> completed = new ArrayList<>();
        List<List<Integer>> tokens = new ArrayList<>();
        requests.forEach(request -> tokens.add(new ArrayList<>()));
        List<Integer> running = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public void started(int requestPosition) {
                running.add(requestPosition);
                assertTrue(running.size() <= 2, "two rows at most are under way");
            }

            @Override
            public void token(int requestPosition, int id) {
                tokens.get(requestPosition).add(id);
            }

            @Override
            public void completed(Completed one) {
                completed.add(one);
                assertTrue(running.remove((Integer) one.requestPosition()));
            }
        };
        List<GenerationResult> results = generator(randomModel(), null, 2, 5).generate(requests, options(false, 9, Set.of(3)), listener);
        assertEquals(9, completed.stream().map(Completed::requestPosition).distinct().count());
        for (Completed one : completed) {
            assertEquals(results.get(one.requestPosition()), one.result());
            assertArrayEquals(
                    one.result().ids(), tokens.get(one.requestPosition()).stream().mapToInt(Integer::intValue).toArray());
        }
    }

    @Test
    void aStopIdIsKeptAndEndsTheText() {
        Generator generator = generator(saying("abc<|end|>def"), new ByteTokenizer(), 2, 64);
        GenerationResult result = one(generator, options(true, 50, Set.of(ByteTokenizer.END)));
        assertEquals("abc", result.text());
        assertEquals(4, result.ids().length);
        assertEquals(ByteTokenizer.END, result.ids()[3]);
        assertEquals("stop", result.finishReason());
    }

    @Test
    void aStopStringAcrossTokensEndsTheTextBeforeIt() {
        SamplingOptions options = stopStrings("é!", "never");
        GenerationResult result = one(generator(saying("caf<|end|>é? café! more"), new ByteTokenizer(), 2, 64), options);
        assertEquals("café? caf", result.text());
        assertEquals("stop", result.finishReason());
        assertEquals("caf_é? café!".getBytes(StandardCharsets.UTF_8).length, result.ids().length);
        assertEquals(result.ids().length, result.logProbs().length);
    }

    @Test
    void mostNewTokensAndContextEndWithLength() {
        Generator generator = generator(saying("x".repeat(500)), new ByteTokenizer(), 2, 64);
        assertEquals(50, one(generator, options(true, 50, Set.of())).ids().length);
        GenerationResult full = one(generator, options(true, 5000, Set.of()));
        assertEquals(CONTEXT - 1, full.ids().length);
        assertEquals("length", full.finishReason());
    }

    @Test
    void badRequestsGetTheirErrorsAndLeaveTheOthersUntouched() {
        List<GenerationRequest> requests = List.of(
                new GenerationRequest(0, new int[] {1}),
                new GenerationRequest(1, new int[0]),
                new GenerationRequest(2, new int[] {4, VOCABULARY}),
                new GenerationRequest(3, new int[CONTEXT]),
                new GenerationRequest(4, new int[90]),
                new GenerationRequest(5, new int[] {2, 3}));
        SamplingOptions options = options(false, 12, Set.of(7, 8));
        CacheSpace space = new CacheSpace(BLOCK, 10 * BLOCK, 999); // for 96 tokens
        List<Completed> told = new ArrayList<>();
        List<GenerationResult> results = new Generator(
                        FakeDecoder.factory(randomModel(), BLOCK, log), space, new Scheduler.Pace(2, 64, 64), 1, RULES, null)
                .generate(requests, options, told::add);
        assertEquals("the prompt is empty, it must have at least one token", results.get(1).error());
        assertEquals("id 300 at position 1 is not in the vocabulary, ids are 0 to 299", results.get(2).error());
        assertEquals("the prompt has 200 tokens, the model's context (max_position_embeddings) is 200 and at least one must be left to "
                + "generate: shorten the prompt", results.get(3).error());
        assertEquals("the KV cache of one sequence of up to 101 tokens (90 of the prompt, the rest new) takes 1.0 KB, 1.0 KB are free for it: "
                + "ask for fewer new tokens, shorten the prompt or allow more memory (--cache-memory, rollout.cache_memory_mb in a config, "
                + "THINKJ_OFFHEAP)", results.get(4).error());
        assertEquals(6, told.size());
        for (int i : new int[] {1, 2, 3, 4}) {
            assertEquals("error", results.get(i).finishReason());
            assertEquals(0, results.get(i).ids().length);
        }
        for (int i : new int[] {0, 5}) {
            assertNull(results.get(i).error());
            assertArrayEquals(
                    generator(randomModel(), null, 1, 64).generate(requests.subList(i, i + 1), options, done -> {}).get(0).ids(),
                    results.get(i).ids());
        }
    }

    @Test
    void stopStringsWithoutATokenizerAreRefused() {
        UserError error = assertThrows(
                UserError.class, () -> generator(randomModel(), null, 2, 64).generate(requests(1), stopStrings("stop"), done -> {}));
        assertEquals("stop strings need the checkpoint's tokenizer files, there are none: use stop ids", error.getMessage());
        assertTrue(log.opened.isEmpty());
    }

    @Test
    void aSpecialTokenAsStopStringIsRefused() {
        Generator generator = generator(saying("abc"), new ByteTokenizer(), 2, 64);
        UserError error = assertThrows(UserError.class, () -> one(generator, stopStrings("x<|end|>")));
        assertEquals(
                "stop string \"x<|end|>\": <|end|> is a special token and never part of the text; use stop id 256", error.getMessage());
    }

    @Test
    void nothingAskedIsNothingDone() {
        assertEquals(List.of(), generator(randomModel(), null, 2, 64).generate(List.of(), options(true, 5, Set.of()), done -> {}));
        assertTrue(log.opened.isEmpty());
    }

    @Test
    void whatGoesWrongClosesTheCache() {
        FakeDecoder.Model broken = ids -> new float[] {Float.NaN, 0};
        Generator generator = new Generator(
                FakeDecoder.factory(broken, BLOCK, log), new CacheSpace(BLOCK, BLOCK, 1000), new Scheduler.Pace(2, 64, 64), 1,
                new PromptRules(2, CONTEXT), null);
        List<GenerationRequest> requests = List.of(new GenerationRequest(5, new int[] {1}));
        assertThrows(ArithmeticException.class, () -> generator.generate(requests, options(true, 5, Set.of()), done -> {}));
        assertEquals(1, log.closed);
    }

    private Generator generator(FakeDecoder.Model model, Tokenizer tokenizer, int maxRows, int prefillTokens) {
        return new Generator(
                FakeDecoder.factory(model, BLOCK, log), new CacheSpace(BLOCK, BLOCK, 100_000),
                new Scheduler.Pace(maxRows, prefillTokens, prefillTokens), 1, RULES, tokenizer);
    }

    private static GenerationResult one(Generator generator, SamplingOptions options) {
        return generator.generate(List.of(new GenerationRequest(0, new int[] {'>'})), options, done -> {}).get(0);
    }

    /** Ten ids are likely, which ones hangs on the whole sequence. */
    private static FakeDecoder.Model randomModel() {
        return ids -> {
            Random random = new Random(ids.hashCode());
            float[] logits = new float[VOCABULARY];
            for (int i = 0; i < 10; i++) {
                logits[random.nextInt(20)] = 5 + random.nextFloat();
            }
            return logits;
        };
    }

    /** Goes on with the bytes of a text after a prompt of one token. */
    private static FakeDecoder.Model saying(String text) {
        int[] answer = new ByteTokenizer().encode(text);
        return ids -> {
            float[] logits = new float[VOCABULARY];
            logits[answer[Math.min(ids.size(), answer.length) - 1]] = 9;
            return logits;
        };
    }

    private static List<GenerationRequest> requests(int count) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(new GenerationRequest(100 + i, new Random(i).ints(1 + 7 * i % 31, 0, VOCABULARY).toArray()));
        }
        return requests;
    }

    private static SamplingOptions options(boolean greedy, int maxNewTokens, Set<Integer> stopIds) {
        return new SamplingOptions(greedy, 0.8, 0, 0.95, 1.1, 42, maxNewTokens, stopIds, List.of());
    }

    private static SamplingOptions stopStrings(String... stops) {
        return new SamplingOptions(true, 1, 0, 1, 1, 42, 100, Set.of(), List.of(stops));
    }
}
