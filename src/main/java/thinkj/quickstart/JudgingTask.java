package thinkj.quickstart;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import thinkj.data.JudgeExample;
import thinkj.judge.PromptKind;
import thinkj.judge.Traces;
import thinkj.judge.Verdict;

/**
 * Two responses to a question, one better for certain: the one with fewer wrong digits. The strength is the difference of their numbers
 * of wrong digits, 1 to 3.
 */
record JudgingTask(DigitQuestion question, JudgeExample example) {
    /** Share of tasks in which the better response is entirely right. */
    private static final double RIGHT_SHARE = 0.75;

    private static final int[][] BOTH_WRONG = {{1, 2}, {1, 3}, {2, 3}};

    /**
     * Tasks about different questions.
     *
     * @param name what ids begin with
     * @param questions at least {@code count}
     */
    static List<JudgingTask> make(String name, List<DigitQuestion> questions, int count, Random random) {
        List<DigitQuestion> shuffled = new ArrayList<>(questions);
        Collections.shuffle(shuffled, random);
        List<JudgingTask> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(one(name + "-" + i, shuffled.get(i), random));
        }
        return tasks;
    }

    static JudgingTask one(String id, DigitQuestion question, Random random) {
        int[] wrong = random.nextDouble() < RIGHT_SHARE
                ? new int[] {0, 1 + random.nextInt(DigitQuestion.DIGITS)}
                : BOTH_WRONG[random.nextInt(BOTH_WRONG.length)];
        String good = withWrongDigits(question.answer(), wrong[0], random);
        String bad = withWrongDigits(question.answer(), wrong[1], random);
        int strength = wrong[1] - wrong[0];
        JudgeExample example = random.nextBoolean()
                ? new JudgeExample(id, question.text(), good, bad, 1, -strength)
                : new JudgeExample(id, question.text(), bad, good, 2, strength);
        return new JudgingTask(question, example);
    }

    /** The answer with so many of its digits changed. */
    static String withWrongDigits(String answer, int wrong, Random random) {
        List<Integer> places = new ArrayList<>(List.of(0, 1, 2));
        Collections.shuffle(places, random);
        StringBuilder changed = new StringBuilder(answer);
        for (int place : places.subList(0, wrong)) {
            int right = answer.charAt(place) - '0';
            changed.setCharAt(place, (char) ('0' + (right + 1 + random.nextInt(9)) % 10));
        }
        return changed.toString();
    }

    /** The program as teacher: thinks the task through and states the verdict. */
    String trace() {
        return trace(example.better(), example.strength());
    }

    /** The same thinking with a given verdict, right or wrong. */
    String trace(int better, int strength) {
        return Traces.target(
                right() + "\n" + check(question, "a", example.response1()) + "\n" + check(question, "b", example.response2()),
                Verdict.sentence(PromptKind.STRENGTH, better, strength));
    }

    /** First line of the thinking. */
    String right() {
        return "Right: " + question.answer();
    }

    /** The line of the thinking about one response. */
    static String check(DigitQuestion question, String letter, String response) {
        return "(" + letter + ") " + marks(question, response);
    }

    /** The right digit, the response's digit and y or n for each place, and the number of wrong ones: 845 for 825 is 88y24n55y. */
    static String marks(DigitQuestion question, String response) {
        StringBuilder marks = new StringBuilder();
        for (int i = 0; i < DigitQuestion.DIGITS; i++) {
            char right = question.answer().charAt(i);
            marks.append(right).append(response.charAt(i)).append(response.charAt(i) == right ? 'y' : 'n');
        }
        return marks + ", " + question.wrongDigits(response) + " wrong";
    }
}
