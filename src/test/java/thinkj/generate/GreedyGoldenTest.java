package thinkj.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import thinkj.Golden;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.model.PagedModel;
import thinkj.model.Qwen2Model;

/** Greedy continuations of both checkpoints against the original's: in one batch, alone, in pieces, and without a cache. */
@Tag("golden")
class GreedyGoldenTest {
    /** The fixtures' own noise is 3e-6; the smallest effect of a bug they know is 1e-3. */
    private static final double LOGITS = 1e-4;

    private static final List<String> CHECKPOINTS = List.of("qwen2-tiny-tied", "qwen2-tiny-untied");

    private static final Map<String, Qwen2Model> MODELS = new HashMap<>();

    /** The largest error found in each kind of number. */
    private static final Map<String, Double> LARGEST = new TreeMap<>();

    /** One of the fixtures' cases with the model it was made with. */
    private record Case(String checkpoint, JsonNode golden, List<GenerationRequest> prompts, Qwen2Model model) {

        SamplingOptions options() {
            JsonNode arguments = golden.get("generate_kwargs");
            Set<Integer> stopIds = new HashSet<>();
            JsonNode end = arguments.path("eos_token_id");
            if (end.isInt()) {
                stopIds.add(end.asInt());
            }
            end.forEach(id -> stopIds.add(id.asInt()));
            double penalty = arguments.path("repetition_penalty").asDouble(1);
            return new SamplingOptions(true, 1, 0, 1, penalty, 0, arguments.get("max_new_tokens").asInt(), stopIds, List.of());
        }

        /** The row's tokens up to and with its first stop id; the original fills up with pad ids from there. */
        int[] expected(int row) {
            int[] all = Golden.ints(golden.get("new_tokens").get(row));
            int length = 0;
            while (length < all.length && (length == 0 || !options().stopIds().contains(all[length - 1]))) {
                length++;
            }
            return Arrays.copyOf(all, length);
        }

        Generator generator(int maxRows, int prefillTokens) {
            return new Generator(
                    blocks -> new PagedDecoder(model, blocks),
                    new CacheSpace(PagedModel.BLOCK, 1, Integer.MAX_VALUE),
                    new Scheduler.Pace(maxRows, prefillTokens, prefillTokens),
                    1,
                    Generator.rules(model.config()),
                    null);
        }
    }

    @TestFactory
    Stream<DynamicTest> aBatchGivesTheOriginalsTokens() {
        return each(one -> check(one, one.generator(one.prompts().size(), 1000).generate(one.prompts(), one.options(), done -> {})));
    }

    @TestFactory
    Stream<DynamicTest> onePromptAtATimeGivesTheSame() {
        return each(one -> check(one, one.generator(1, 1000).generate(one.prompts(), one.options(), done -> {})));
    }

    @TestFactory
    Stream<DynamicTest> promptsFedInPiecesGiveTheSame() {
        return each(one -> check(one, one.generator(one.prompts().size(), 3).generate(one.prompts(), one.options(), done -> {})));
    }

    @TestFactory
    Stream<DynamicTest> withoutACacheLogProbabilitiesAreTheSame() {
        return each(one -> {
            List<Scorer.Request> requests = new ArrayList<>();
            for (int row = 0; row < one.prompts().size(); row++) {
                requests.add(new Scorer.Request(one.prompts().get(row).promptIds(), one.expected(row)));
            }
            List<Integer> scored = new ArrayList<>();
            new Scorer(one.model(), 30).score(requests, (row, logProbs) -> {
                scored.add(row);
                assertClose(one.checkpoint() + " log-probs without a cache", expectedLogProbs(one, row), logProbs);
            });
            assertEquals(IntStream.range(0, requests.size()).boxed().toList(), scored);
        });
    }

    @TestFactory
    Stream<DynamicTest> theLastStepsRawLogitsAreTheOriginals() {
        return each(one -> {
            float[] expected = Golden.tensor(one.checkpoint(), one.golden().get("last_step_raw_logits")).floats();
            int vocabulary = one.model().config().vocabSize();
            for (int row = 0; row < one.prompts().size(); row++) {
                int[] all = Golden.ints(one.golden().get("new_tokens").get(row));
                int[] fed = concat(one.prompts().get(row).promptIds(), Arrays.copyOf(all, all.length - 1));
                if (one.expected(row).length < all.length) {
                    continue; // a row that ended earlier was fed pads
                }
                float[] logits = new float[vocabulary];
                int[] blocks = IntStream.range(0, fed.length / PagedModel.BLOCK + 1).toArray();
                try (Decoder decoder = new PagedDecoder(one.model(), blocks.length)) {
                    decoder.step(List.of(new PagedModel.Piece(fed, 0, blocks, true))).copyRow(0, logits);
                }
                float[] ofRow = Arrays.copyOfRange(expected, row * vocabulary, (row + 1) * vocabulary);
                assertClose(one.checkpoint() + " last step's logits", ofRow, logits);
            }
        });
    }

    private static void check(Case one, List<GenerationResult> results) {
        for (int row = 0; row < results.size(); row++) {
            GenerationResult result = results.get(row);
            int[] expected = one.expected(row);
            assertArrayEquals(expected, result.ids());
            assertClose(one.checkpoint() + " log-probs of greedy tokens", expectedLogProbs(one, row), result.logProbs());
            boolean stopped = one.options().stopIds().contains(expected[expected.length - 1]);
            assertEquals(stopped ? "stop" : "length", result.finishReason());
        }
    }

    private static float[] expectedLogProbs(Case one, int row) {
        double[] all = Golden.doubles(one.golden().get("token_logps_raw").get(row));
        float[] expected = new float[one.expected(row).length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = (float) all[i];
        }
        return expected;
    }

    private static void assertClose(String what, float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            LARGEST.merge(what, (double) Math.abs(expected[i] - actual[i]), Math::max);
        }
        assertArrayEquals(expected, actual, (float) LOGITS, what);
    }

    private static int[] concat(int[] a, int[] b) {
        int[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    /** What is done with each case. */
    private interface Check {
        void run(Case one);
    }

    private static Stream<DynamicTest> each(Check check) {
        return CHECKPOINTS.stream().flatMap(checkpoint -> {
            JsonNode generation = Golden.json(checkpoint + "/golden.json").get("generation");
            List<GenerationRequest> prompts = new ArrayList<>();
            for (int[] ids : Golden.rows(generation.get("prompts"))) {
                prompts.add(new GenerationRequest(prompts.size(), ids));
            }
            return generation.get("cases").properties().stream()
                    .map(testCase -> DynamicTest.dynamicTest(checkpoint + " " + testCase.getKey(), () -> {
                        Qwen2Model model = MODELS.computeIfAbsent(checkpoint, GreedyGoldenTest::load);
                        check.run(new Case(checkpoint, testCase.getValue(), prompts, model));
                    }));
        });
    }

    private static Qwen2Model load(String checkpoint) {
        HfCheckpoint files = HfCheckpoint.open(Golden.path(checkpoint));
        return new Qwen2Model(files.config(), files.load());
    }

    @AfterAll
    static void close() {
        LARGEST.forEach((what, error) -> System.out.printf("golden %s, absolute: %.2e%n", what, error));
        MODELS.values().forEach(Qwen2Model::close);
        MODELS.clear();
    }
}
