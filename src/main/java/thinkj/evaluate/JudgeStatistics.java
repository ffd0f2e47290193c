package thinkj.evaluate;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * How well a judge did over pairs judged in both orders, as the Think-J paper counts: percentages with two decimals, rounded at every
 * stage. Equal shares of each stage go into the next: Reasoning is the mean of Math and Code, Average that of the four sections.
 *
 * @param singleAccuracy right verdicts among all 2N
 * @param pairAccuracy pairs that are right in both orders, among N
 * @param pairAgreementRate pairs whose two verdicts name the same answer, or where both have no verdict, among N
 * @param failureRate answers without a verdict among all 2N
 */
public record JudgeStatistics(double singleAccuracy, double pairAccuracy, double pairAgreementRate, double failureRate) {

    /** Name of the mean of the four sections. */
    public static final String AVERAGE = "Average";

    /** @param verdicts at least one pair */
    public static JudgeStatistics of(List<PairVerdict> verdicts) {
        int pairs = verdicts.size();
        if (pairs == 0) {
            throw new IllegalArgumentException("verdicts: none, at least one pair is needed");
        }
        int single = 0;
        int both = 0;
        int agreed = 0;
        int failed = 0;
        for (PairVerdict verdict : verdicts) {
            single += (verdict.forwardRight() ? 1 : 0) + (verdict.reversedRight() ? 1 : 0);
            both += verdict.forwardRight() && verdict.reversedRight() ? 1 : 0;
            agreed += verdict.agree() ? 1 : 0;
            failed += (verdict.forward() == 0 ? 1 : 0) + (verdict.reversed() == 0 ? 1 : 0);
        }
        return new JudgeStatistics(
                Percent.of(single, 2 * pairs), Percent.of(both, pairs), Percent.of(agreed, pairs), Percent.of(failed, 2 * pairs));
    }

    /**
     * RewardBench's lines in the order of its tables: Chat, Chat Hard, Safety, Reasoning, Average. A section without pairs is left out,
     * Reasoning if Math or Code has none, and Average unless all four are there: a mean over fewer would pass for the real one.
     */
    public static Map<String, JudgeStatistics> ofSections(Map<Section, List<PairVerdict>> verdicts) {
        Map<Section, JudgeStatistics> sections = new EnumMap<>(Section.class);
        verdicts.forEach((section, pairs) -> {
            if (!pairs.isEmpty()) {
                sections.put(section, of(pairs));
            }
        });
        Map<String, JudgeStatistics> lines = new LinkedHashMap<>();
        for (Section section : List.of(Section.CHAT, Section.CHAT_HARD, Section.SAFETY)) {
            if (sections.containsKey(section)) {
                lines.put(section.title(), sections.get(section));
            }
        }
        if (sections.containsKey(Section.MATH) && sections.containsKey(Section.CODE)) {
            lines.put(Section.REASONING, mean(List.of(sections.get(Section.MATH), sections.get(Section.CODE))));
        }
        if (sections.size() == Section.values().length) {
            lines.put(AVERAGE, mean(List.copyOf(lines.values())));
        }
        return lines;
    }

    /** The four percentages by their names in result files. */
    public Map<String, Double> named() {
        Map<String, Double> named = new LinkedHashMap<>();
        named.put("single_accuracy", singleAccuracy);
        named.put("pair_accuracy", pairAccuracy);
        named.put("pair_agreement_rate", pairAgreementRate);
        named.put("failure_rate", failureRate);
        return named;
    }

    private static JudgeStatistics mean(List<JudgeStatistics> parts) {
        return new JudgeStatistics(
                mean(parts, JudgeStatistics::singleAccuracy),
                mean(parts, JudgeStatistics::pairAccuracy),
                mean(parts, JudgeStatistics::pairAgreementRate),
                mean(parts, JudgeStatistics::failureRate));
    }

    /** Summed from left to right, as the order decides the last bit and that decides a tie. */
    private static double mean(List<JudgeStatistics> parts, ToDoubleFunction<JudgeStatistics> value) {
        double sum = 0;
        for (JudgeStatistics part : parts) {
            sum += value.applyAsDouble(part);
        }
        return Percent.round(sum / parts.size());
    }
}
