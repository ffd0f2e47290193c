package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Random arrivals, lengths, stops, equal and overlapping prompts, cancellations and caches that are much too small: whatever the schedule,
 * every request gets what a plain loop gives it, prompts are computed once, and no block is lost.
 */
class SchedulingTest {
    private static final int VOCABULARY = 12;
    private static final int CONTEXT = 60;
    private static final PromptRules RULES = new PromptRules(VOCABULARY, CONTEXT);

    /** One random situation. */
    private static final class Situation {
        final Random random;
        final FakeDecoder.Log log = new FakeDecoder.Log();
        final SamplingOptions options;
        final int block;
        final CacheSpace space;
        final Scheduler.Pace pace;
        final List<int[]> trunks = new ArrayList<>();
        final List<GenerationRequest> requests = new ArrayList<>();
        final Set<Integer> cancelled = new HashSet<>();
        int refused;

        /** @param spare most blocks beside those of the longest sequence; below none, that one finds no place */
        Situation(long seed, int spare) {
            random = new Random(seed);
            block = 1 + random.nextInt(6);
            options = new SamplingOptions(
                    random.nextInt(4) == 0, 1, 0, 1, random.nextInt(3) == 0 ? 1.3 : 1, seed, 1 + random.nextInt(30), Set.of(3), List.of());
            space = new CacheSpace(block, 1, Math.max(1, (39 + options.maxNewTokens()) / block - 3 + random.nextInt(spare)));
            int prefill = 1 + random.nextInt(20);
            pace = new Scheduler.Pace(1 + random.nextInt(7), prefill, 1 + random.nextInt(prefill));
            for (int i = 0; i < 3; i++) {
                trunks.add(random.ints(random.nextInt(30), 0, VOCABULARY).toArray());
            }
        }

        Generator generator() {
            return new Generator(FakeDecoder.factory(SchedulingTest::logits, block, log), space, pace, 1, RULES, null);
        }

        /** A prompt of before, or one that begins as others do. */
        GenerationRequest request() {
            int[] prompt;
            if (!requests.isEmpty() && random.nextInt(3) == 0) {
                prompt = requests.get(random.nextInt(requests.size())).promptIds();
            } else {
                int[] trunk = trunks.get(random.nextInt(trunks.size()));
                int kept = random.nextInt(trunk.length + 1);
                prompt = IntStream.concat(Arrays.stream(trunk, 0, kept), random.ints(1 + random.nextInt(10), 0, VOCABULARY)).toArray();
            }
            GenerationRequest request = new GenerationRequest(random.nextInt(1000), prompt);
            requests.add(request);
            return request;
        }
    }

    @Test
    void everySchedulesResultsAreThoseOfAPlainLoop() {
        int preempted = 0;
        int refused = 0;
        int cancelled = 0;
        long shared = 0;
        int copies = 0;
        for (int seed = 0; seed < 3000; seed++) {
            Situation situation = new Situation(seed, seed % 3 == 0 ? 100 : 5);
            GenerationStats stats = check(situation, seed);
            preempted += stats.preemptions();
            shared += stats.shared();
            copies += situation.log.copies;
            cancelled += situation.cancelled.size();
            refused += situation.refused;
        }
        assertTrue(preempted > 1000 && refused > 300 && cancelled > 1000 && shared > 10_000 && copies > 1000,
                "the situations were tame: " + List.of(preempted, refused, cancelled, shared, copies));
    }

    private static GenerationStats check(Situation situation, int seed) {
        Random random = situation.random;
        int total = 1 + random.nextInt(25);
        Generation[] generation = new Generation[1];
        GenerationListener arrivals = new GenerationListener() {
            @Override
            public void stepped(GenerationStats stats) {
                if (situation.requests.size() < total && random.nextInt(3) == 0) {
                    generation[0].add(situation.request());
                }
                if (random.nextInt(12) == 0) {
                    int position = random.nextInt(situation.requests.size());
                    situation.cancelled.add(position);
                    generation[0].cancel(position);
                }
            }
        };
        try (Generation open = situation.generator().open(situation.options, arrivals)) {
            generation[0] = open;
            while (situation.requests.size() < total) {
                int now = 1 + random.nextInt(total - situation.requests.size());
                IntStream.range(0, now).forEach(i -> open.add(situation.request()));
                open.run();
            }
            for (int i = 0; i < situation.requests.size(); i++) {
                checkResult(situation, i, open.result(i), "situation " + seed + ", request " + i);
            }
            assertEquals(0, open.stats().blocksUsed(), "blocks lost in situation " + seed);
            return open.stats();
        } finally {
            assertEquals(situation.log.opened.size(), situation.log.closed);
        }
    }

    private static void checkResult(Situation situation, int position, GenerationResult result, String where) {
        GenerationRequest request = situation.requests.get(position);
        int mostFed = Math.min(CONTEXT, request.promptIds().length + situation.options.maxNewTokens()) - 1;
        if ((mostFed + situation.block - 1) / situation.block > situation.space.bytes()) {
            situation.refused++;
            assertEquals(GenerationResult.ERROR, result.finishReason(), where);
            assertTrue(result.error().startsWith("the KV cache of one sequence"), result.error());
            return;
        }
        GenerationResult expected = alone(request, situation.options);
        int[] ids = expected.ids();
        float[] logProbs = expected.logProbs();
        if (result.finishReason().equals(GenerationResult.CANCELLED)) {
            assertTrue(situation.cancelled.contains(position), where);
            ids = Arrays.copyOf(ids, result.ids().length);
            logProbs = Arrays.copyOf(logProbs, ids.length);
        } else {
            assertEquals(expected.finishReason(), result.finishReason(), where);
        }
        assertArrayEquals(ids, result.ids(), where);
        assertArrayEquals(logProbs, result.logProbs(), where);
        GenerationResult.Times times = result.times();
        assertTrue(0 <= times.queued() && times.queued() <= times.first() && times.first() <= times.done(), where + times);
    }

    @Test
    void promptsAreComputedOnceAndWholeBlocksOfOthersNever() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            int block = 1 + random.nextInt(6);
            int prefill = block + random.nextInt(20);
            // With fewer rows than prompts, a cache for as many would have no room for prompts that wait for their other samples.
            Scheduler.Pace pace = new Scheduler.Pace(6 + random.nextInt(6), prefill, block + random.nextInt(prefill - block + 1));
            Situation situation = new Situation(seed, 1);
            List<GenerationRequest> requests = new ArrayList<>();
            for (int prompt = 0; prompt < 6; prompt++) {
                int[] ids = situation.request().promptIds();
                for (int sample = 1 + random.nextInt(5); sample > 0; sample--) {
                    requests.add(new GenerationRequest(requests.size(), ids));
                }
            }
            // What is generated cannot be taken for a prompt's: no token of those comes out.
            FakeDecoder.Model model = ids -> {
                float[] logits = new float[2 * VOCABULARY];
                logits[VOCABULARY + Math.floorMod(ids.hashCode(), VOCABULARY)] = 30;
                return logits;
            };
            GenerationStats[] last = new GenerationStats[1];
            SamplingOptions options = new SamplingOptions(true, 1, 0, 1, 1, 0, 1 + random.nextInt(9), Set.of(), List.of());
            Generator generator = new Generator(
                    FakeDecoder.factory(model, block, new FakeDecoder.Log()), new CacheSpace(block, 1, 5000), pace, 1,
                    new PromptRules(2 * VOCABULARY, CONTEXT), null);
            try (Generation generation = generator.open(options, new GenerationListener() {})) {
                requests.forEach(generation::add);
                generation.run();
                last[0] = generation.stats();
            }
            long all = requests.stream().mapToLong(request -> request.promptIds().length).sum();
            assertEquals(all, last[0].prefilled() + last[0].shared(), "situation " + seed);
            assertEquals(computedOnce(requests, block), last[0].prefilled(), "situation " + seed);
            assertEquals(0, last[0].recomputed());
        }
    }

    /** Tokens of the different prompts without whole blocks that an earlier one begins with too; the last token is always computed. */
    private static long computedOnce(List<GenerationRequest> requests, int block) {
        Set<List<Integer>> prompts = new HashSet<>();
        Set<List<Integer>> beginnings = new HashSet<>();
        long computed = 0;
        for (GenerationRequest request : requests) {
            List<Integer> ids = Arrays.stream(request.promptIds()).boxed().toList();
            if (!prompts.add(ids)) {
                continue;
            }
            int known = 0;
            while (known + block < ids.size() && beginnings.contains(ids.subList(0, known + block))) {
                known += block;
            }
            computed += ids.size() - known;
            for (int end = block; end <= ids.size(); end += block) {
                beginnings.add(ids.subList(0, end));
            }
        }
        return computed;
    }

    @Test
    void tenThousandRequestsLoseNoBlock() {
        Situation situation = new Situation(1, 1);
        FakeDecoder.Log log = new FakeDecoder.Log();
        Random random = new Random(5);
        SamplingOptions options = new SamplingOptions(false, 1, 0, 1, 1, 0, 20, Set.of(3), List.of());
        Generator generator = new Generator(
                FakeDecoder.factory(SchedulingTest::logits, 4, log), new CacheSpace(4, 1, 20), new Scheduler.Pace(12, 32, 16), 1, RULES, null);
        int[] ended = new int[1];
        Generation[] generation = new Generation[1];
        GenerationListener listener = new GenerationListener() {
            @Override
            public void completed(Completed completed) {
                ended[0]++;
            }

            @Override
            public void stepped(GenerationStats stats) {
                generation[0].cancel(random.nextInt(10_000));
            }
        };
        try (Generation open = generator.open(options, listener)) {
            generation[0] = open;
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < 2500; i++) {
                    open.add(i % 50 == 0 ? new GenerationRequest(i, i % 100 == 0 ? new int[0] : new int[] {VOCABULARY}) : situation.request());
                }
                open.run();
                assertEquals(0, open.stats().blocksUsed());
                assertEquals(0, open.stats().rows());
                assertEquals(0, open.stats().waiting());
            }
            assertEquals(10_000, ended[0]);
            assertEquals(200, IntStream.range(0, 10_000).filter(i -> open.result(i).failed()).count());
            assertTrue(open.stats().preemptions() > 100, open.stats().toString());
        }
    }

    /** A loop without a cache, a queue or company. */
    private static GenerationResult alone(GenerationRequest request, SamplingOptions options) {
        Sequence sequence = new Sequence(
                request, 0, Math.min(options.maxNewTokens(), CONTEXT - request.promptIds().length),
                new Sequence.Choice(options, VOCABULARY, null));
        Sampler sampler = new Sampler(VOCABULARY, options);
        while (!sequence.finished()) {
            float[] logits = logits(Arrays.stream(sequence.ids(), 0, sequence.size()).boxed().toList());
            System.arraycopy(logits, 0, sampler.logits(), 0, VOCABULARY);
            sequence.choose(sampler);
        }
        return sequence.result();
    }

    /** Likely tokens hang on all that was seen. */
    private static float[] logits(List<Integer> ids) {
        Random random = new Random(ids.hashCode());
        float[] logits = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            logits[i] = 3 * random.nextFloat();
        }
        return logits;
    }
}
