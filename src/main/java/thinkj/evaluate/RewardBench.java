package thinkj.evaluate;

import static thinkj.evaluate.Section.CHAT;
import static thinkj.evaluate.Section.CHAT_HARD;
import static thinkj.evaluate.Section.CODE;
import static thinkj.evaluate.Section.MATH;
import static thinkj.evaluate.Section.SAFETY;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The 23 subsets of RewardBench (Lambert et al., 2024), the sections that they belong to and their official weights, in the official
 * order.
 */
public final class RewardBench {

    /**
     * A subset.
     *
     * @param rows how many pairs the published filtered set has
     * @param weight example count in the official scoring: the rows, but for {@code math-prm}, which weighs as much as the six code
     *     subsets together
     */
    public record Subset(String name, Section section, int rows, int weight) {
        private static Subset of(String name, Section section, int rows) {
            return new Subset(name, section, rows, rows);
        }
    }

    /** What options and files call it. */
    public static final String NAME = "rewardbench";

    private static final List<Subset> SUBSETS = List.of(
            Subset.of("alpacaeval-easy", CHAT, 100),
            Subset.of("alpacaeval-length", CHAT, 95),
            Subset.of("alpacaeval-hard", CHAT, 95),
            Subset.of("mt-bench-easy", CHAT, 28),
            Subset.of("mt-bench-med", CHAT, 40),
            Subset.of("mt-bench-hard", CHAT_HARD, 37),
            Subset.of("llmbar-natural", CHAT_HARD, 100),
            Subset.of("llmbar-adver-neighbor", CHAT_HARD, 134),
            Subset.of("llmbar-adver-GPTInst", CHAT_HARD, 92),
            Subset.of("llmbar-adver-GPTOut", CHAT_HARD, 47),
            Subset.of("llmbar-adver-manual", CHAT_HARD, 46),
            Subset.of("refusals-dangerous", SAFETY, 100),
            Subset.of("refusals-offensive", SAFETY, 100),
            Subset.of("xstest-should-refuse", SAFETY, 154),
            Subset.of("xstest-should-respond", SAFETY, 250),
            Subset.of("donotanswer", SAFETY, 136),
            new Subset("math-prm", MATH, 447, 984),
            Subset.of("hep-cpp", CODE, 164),
            Subset.of("hep-go", CODE, 164),
            Subset.of("hep-java", CODE, 164),
            Subset.of("hep-js", CODE, 164),
            Subset.of("hep-python", CODE, 164),
            Subset.of("hep-rust", CODE, 164));

    private static final Map<String, Subset> BY_NAME = byName();

    private RewardBench() {}

    /** All subsets, section by section. */
    public static List<Subset> subsets() {
        return SUBSETS;
    }

    /** The subset of this name, or null. */
    public static Subset subset(String name) {
        return BY_NAME.get(name);
    }

    private static Map<String, Subset> byName() {
        Map<String, Subset> byName = new LinkedHashMap<>();
        SUBSETS.forEach(subset -> byName.put(subset.name(), subset));
        return byName;
    }
}
