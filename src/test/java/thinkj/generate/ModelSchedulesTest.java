package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import thinkj.Golden;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.model.PagedModel;
import thinkj.model.Qwen2Model;

/** In fp32 a real model's samples are the same in any company, in any pieces, from any cache, and however often they start again. */
class ModelSchedulesTest {
    private static Qwen2Model model;

    @BeforeAll
    static void load() {
        HfCheckpoint files = HfCheckpoint.open(Golden.path("qwen2-tiny-tied"));
        model = new Qwen2Model(files.config(), files.load());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void schedulesChangeNothing() {
        Random random = new Random(11);
        List<GenerationRequest> requests = requests(random);
        SamplingOptions options = new SamplingOptions(false, 1, 0, 1, 1, 5, 40, Set.of(), List.of());
        List<GenerationResult> alone = new ArrayList<>();
        for (GenerationRequest request : requests) {
            alone.addAll(generator(1, 1000, 100).generate(List.of(request), options, done -> {}));
        }
        int preemptions = 0;
        long shared = 0;
        for (int schedule = 0; schedule < 24; schedule++) {
            int blocks = schedule % 2 == 0 ? 8 + random.nextInt(8) : 200;
            Generator generator = generator(1 + random.nextInt(12), 1 + random.nextInt(150), blocks);
            int first = random.nextInt(requests.size());
            try (Generation generation = generator.open(options, arrivals(requests, first))) {
                listening = generation;
                added = first;
                IntStream.range(0, first).forEach(i -> generation.add(requests.get(i)));
                do {
                    if (added < requests.size()) {
                        generation.add(requests.get(added++));
                    }
                    generation.run();
                } while (added < requests.size());
                for (int i = 0; i < requests.size(); i++) {
                    assertArrayEquals(alone.get(i).ids(), generation.result(i).ids(), "schedule " + schedule + ", request " + i);
                    assertArrayEquals(alone.get(i).logProbs(), generation.result(i).logProbs(), "schedule " + schedule + ", request " + i);
                }
                preemptions += generation.stats().preemptions();
                shared += generation.stats().shared();
                assertEquals(0, generation.stats().blocksUsed());
            }
        }
        assertTrue(preemptions > 10 && shared > 5_000, preemptions + " preemptions, " + shared + " tokens shared");
    }

    /** Long enough for the tokens of several samples to be multiplied with common keys at once. */
    @Test
    void samplesOfLongPromptsAreWhatTheyWouldBeAlone() {
        Random random = new Random(12);
        int[] trunk = random.ints(270, 0, model.config().vocabSize()).toArray();
        int[] longer = IntStream.concat(Arrays.stream(trunk), random.ints(30, 0, model.config().vocabSize())).toArray();
        List<GenerationRequest> requests = IntStream.range(0, 12).mapToObj(i -> new GenerationRequest(i, i % 3 == 0 ? trunk : longer)).toList();
        SamplingOptions options = new SamplingOptions(false, 1, 0, 1, 1, 5, 40, Set.of(), List.of());
        List<GenerationResult> together = generator(12, 400, 400).generate(requests, options, done -> {});
        for (GenerationRequest request : requests) {
            GenerationResult alone = generator(1, 400, 400).generate(List.of(request), options, done -> {}).get(0);
            assertArrayEquals(alone.ids(), together.get((int) request.index()).ids());
            assertArrayEquals(alone.logProbs(), together.get((int) request.index()).logProbs());
        }
    }

    private static Generation listening;
    private static int added;

    /** Every few steps one more comes. */
    private static GenerationListener arrivals(List<GenerationRequest> requests, int seed) {
        Random random = new Random(seed);
        return new GenerationListener() {
            @Override
            public void stepped(GenerationStats stats) {
                if (added < requests.size() && random.nextInt(4) == 0) {
                    listening.add(requests.get(added++));
                }
            }
        };
    }

    /** Equal prompts, prompts that begin alike, and others, of one token to five blocks. */
    private static List<GenerationRequest> requests(Random random) {
        int vocabulary = model.config().vocabSize();
        int[] trunk = random.ints(100, 0, vocabulary).toArray();
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            int[] tail = random.ints(1 + random.nextInt(60), 0, vocabulary).toArray();
            int[] prompt = IntStream.concat(Arrays.stream(trunk, 0, i % 3 == 0 ? 0 : random.nextInt(100)), Arrays.stream(tail)).toArray();
            requests.add(new GenerationRequest(i, i % 4 == 1 ? requests.get(i - 1).promptIds() : prompt));
        }
        return requests;
    }

    private static Generator generator(int rows, int prefill, int blocks) {
        return new Generator(
                size -> new PagedDecoder(model, size), new CacheSpace(PagedModel.BLOCK, 1, blocks),
                new Scheduler.Pace(rows, prefill, 1 + prefill / 2), 1, Generator.rules(model.config()), null);
    }
}
