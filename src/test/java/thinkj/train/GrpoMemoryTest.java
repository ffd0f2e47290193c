package thinkj.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import thinkj.checkpoint.Architectures;
import thinkj.checkpoint.Qwen2Config;
import thinkj.config.ConfigLoader;
import thinkj.config.GrpoConfig;
import thinkj.io.UserError;

/** Arithmetic for a prompt of 1,000 tokens with an answer of 3,072, which take 128 blocks of 32 tokens. */
class GrpoMemoryTest {
    private static final long GIB = 1L << 30;
    private static final int PROMPT = 1000;
    private static final String CACHE = "KV cache of the answers under way";

    /** Keys and values of a block of Qwen2.5-0.5B in bf16: 24 layers, 2 heads of 64. */
    private static final long BLOCK = 32L * 2 * 24 * 128 * 2;

    private static GrpoConfig config(String name, String... overrides) {
        return ConfigLoader.load(Path.of("configs/" + name), List.of(overrides), GrpoConfig.class);
    }

    private static GrpoMemory small(String... overrides) {
        return memory("qwen2.5-0.5b/grpo.yaml", Stream.concat(Stream.of("precision=fp32"), Stream.of(overrides)).toArray(String[]::new));
    }

    private static GrpoMemory memory(String name, String... overrides) {
        return new GrpoMemory(config(name, overrides), Architectures.of(name.substring(0, name.indexOf('/'))), PROMPT, 0);
    }

    private static long cache(GrpoMemory memory, double limit) {
        return memory.within((long) (limit * GIB)).parts().get(CACHE);
    }

    @Test
    void theCacheHasAllThatTheAnswersUnderWayCanUse() {
        assertEquals(64 * 129 * BLOCK, cache(small(), 100));
        assertEquals(6 * 129 * BLOCK, cache(small("rollout.max_rows=6"), 100));
        assertEquals(64 * 129 * 2 * BLOCK, cache(small("rollout.precision=fp32"), 100));
        // Fewer are asked in all than could be under way.
        GrpoConfig few = config("qwen2.5-0.5b/grpo.yaml", "precision=fp32", "batch.train_batch_size=1", "batch.mini_batch_size=1");
        Qwen2Config model = Architectures.of("qwen2.5-0.5b");
        assertEquals(8 * 129 * BLOCK, cache(new GrpoMemory(few, model, PROMPT, 0), 100));
        assertEquals(30 * 129 * BLOCK, cache(new GrpoMemory(few, model, PROMPT, 30), 100));
    }

    @Test
    void whatIsSetIsItsLimit() {
        assertEquals(500_000_000, cache(small("rollout.cache_memory_mb=500"), 100));
        assertEquals(64 * 129 * BLOCK, cache(small("rollout.cache_memory_mb=99000"), 100));
    }

    /** What is left is counted with activations at their least, so that the cache does not get what training must have. */
    @Test
    void elseItHasHalfOfWhatTheRestLeaves() {
        GrpoMemory memory = small("activation_checkpointing=layers", "batch.micro_batch_tokens=4096");
        TrainingMemory plenty = memory.within(100 * GIB);
        long rest = plenty.parts().values().stream().mapToLong(Long::longValue).sum() - plenty.parts().get(CACHE)
                - plenty.parts().get("activations") + plenty.leastActivations();
        assertEquals(GIB, memory.within(rest + 2 * GIB).parts().get(CACHE));
        // One answer must be possible: a run that has room for no more fits, with less it does not.
        assertEquals(128 * BLOCK, memory.within(rest + 128 * BLOCK).parts().get(CACHE));
        assertTrue(memory.within(rest + 128 * BLOCK).fits(rest + 128 * BLOCK, memory.config().activationCheckpointing()));
        assertFalse(memory.within(rest + 127 * BLOCK).fits(rest + 127 * BLOCK, memory.config().activationCheckpointing()));
    }

    @Test
    void aCacheThatCannotHoldTheLongestAnswerIsRefused() {
        assertEquals(
                "rollout.cache_memory_mb: 50, must be at least 51, which the longest prompt, 1000 tokens, with an answer of max_response_length, "
                        + "3072, takes in the KV cache",
                assertThrows(UserError.class, () -> cache(small("rollout.cache_memory_mb=50"), 100)).getMessage());
        assertEquals(51_000_000, cache(small("rollout.cache_memory_mb=51"), 100));
    }

    @Test
    void aSmallerCacheIsProposedWhereOneWasSet() {
        assertTrue(small("rollout.cache_memory_mb=400").knobs().contains(
                new Fitting.Knob("rollout.cache_memory_mb", List.of("200", "100", "51"))));
        assertTrue(small().knobs().contains(new Fitting.Knob("rollout.cache_memory_mb", List.of())));
    }

    /** The limit is the launcher's with THINKJ_HEAP=1g on a machine that calls itself 23.5 GiB. */
    @Test
    void theConfigFor7bFitsAMachineOf24Gigabytes() {
        GrpoMemory memory = new GrpoMemory(config("qwen2.5-7b/grpo-lora.yaml"), Architectures.of("qwen2.5-7b"), 1024, 0);
        long limit = 21_024L << 20;
        TrainingMemory taken = memory.within(limit);
        assertTrue(taken.fits(limit, memory.config().activationCheckpointing()), taken + " does not fit");
        // Of 1024 and 2048 tokens, in blocks of 28 layers with 4 heads of 128.
        long answer = 97 * 32L * 2 * 28 * 512 * 2;
        assertTrue(taken.parts().get(CACHE) > 3 * answer, taken.parts().toString());
    }

    @Test
    void theStartModelIsHeldBesideThePolicyUnlessAnAdapterIsTrained() {
        Map<String, Long> parts = small().within(100 * GIB).parts();
        assertEquals(parts.get("weights"), parts.get("weights of the start model"));
        assertNull(small("loss.kl_coefficient=0").within(100 * GIB).parts().get("weights of the start model"));
        String lora = "lora={rank: 8, alpha: 16, dropout: 0, target_modules: [q_proj], base: bf16}";
        assertNull(small(lora).within(100 * GIB).parts().get("weights of the start model"));
    }
}
