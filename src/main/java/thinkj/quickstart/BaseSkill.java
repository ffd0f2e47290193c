package thinkj.quickstart;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import thinkj.data.JudgeExample;
import thinkj.data.SftExample;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.judge.Verdict;

/**
 * What the quickstart's base model is taught before it is a judge, as a language model learns from text: the skills that judging needs,
 * and the form of a verdict, but never which response is better. No held-out question occurs.
 */
enum BaseSkill {
    /** Answers the question itself. */
    ANSWER(5) {
        @Override
        SftExample example(JudgingTask task, Prompts prompts, Random random) {
            return of(task.question().text(), task.question().answer());
        }
    },
    /** Finds a response in the layout. */
    REPEAT(2) {
        @Override
        SftExample example(JudgingTask task, Prompts prompts, Random random) {
            boolean first = random.nextBoolean();
            String response = first ? task.example().response1() : task.example().response2();
            return of(layout(task) + "Repeat (" + (first ? "a" : "b") + ").", response);
        }
    },
    /** Marks the digits of a number that differ from another's. */
    COMPARE(2) {
        @Override
        SftExample example(JudgingTask task, Prompts prompts, Random random) {
            String other = JudgingTask.withWrongDigits(task.question().answer(), random.nextInt(DigitQuestion.DIGITS + 1), random);
            return of("Compare " + task.question().answer() + " with " + other + ".", JudgingTask.marks(task.question(), other));
        }
    },
    /** Tells the smaller of two counts, and by how much. */
    LESS(1) {
        @Override
        SftExample example(JudgingTask task, Prompts prompts, Random random) {
            int x = random.nextInt(DigitQuestion.DIGITS + 1);
            int y = (x + 1 + random.nextInt(DigitQuestion.DIGITS)) % (DigitQuestion.DIGITS + 1);
            return of("(a) " + x + " wrong\n(b) " + y + " wrong\nWhich is less?", "(" + (x < y ? "a" : "b") + "), by " + Math.abs(x - y));
        }
    },
    /** Works out the right answer and marks one response. */
    CHECK(5) {
        @Override
        SftExample example(JudgingTask task, Prompts prompts, Random random) {
            boolean first = random.nextBoolean();
            String letter = first ? "a" : "b";
            String response = first ? task.example().response1() : task.example().response2();
            return of(layout(task) + "Check (" + letter + ").", task.right() + "\n" + JudgingTask.check(task.question(), letter, response));
        }
    },
    /** States a verdict when asked for one, in the right form, by the toss of a coin: this is what chance looks like. */
    COIN(2) {
        @Override
        SftExample example(JudgingTask task, Prompts prompts, Random random) {
            JudgeExample row = task.example();
            return of(
                    prompts.judge(PromptKind.STRENGTH, row.instruction(), row.response1(), row.response2()),
                    Verdict.sentence(PromptKind.STRENGTH, 1 + random.nextInt(2), 1 + random.nextInt(3)));
        }
    },
    /** Argues for the verdict that it is told, itself the toss of a coin: right or wrong is not asked. */
    ARGUE(3) {
        @Override
        SftExample example(JudgingTask task, Prompts prompts, Random random) {
            JudgeExample row = task.example();
            int better = 1 + random.nextInt(2);
            int strength = 1 + random.nextInt(3);
            return of(
                    prompts.critic(PromptKind.STRENGTH, row.instruction(), row.response1(), row.response2(), better, strength),
                    task.trace(better, strength));
        }
    };

    private final int weight;

    /** @param weight share of the examples */
    BaseSkill(int weight) {
        this.weight = weight;
    }

    abstract SftExample example(JudgingTask task, Prompts prompts, Random random);

    /** Examples of all skills, mixed by their weights. */
    static List<SftExample> examples(int count, Prompts prompts, Random random) {
        List<DigitQuestion> questions = DigitQuestion.all(false);
        List<BaseSkill> drawn = new ArrayList<>();
        for (BaseSkill skill : values()) {
            for (int i = 0; i < skill.weight; i++) {
                drawn.add(skill);
            }
        }
        List<SftExample> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            JudgingTask task = JudgingTask.one("base-" + i, questions.get(random.nextInt(questions.size())), random);
            examples.add(drawn.get(random.nextInt(drawn.size())).example(task, prompts, random));
        }
        return examples;
    }

    private static SftExample of(String question, String answer) {
        return new SftExample("", question, "", answer);
    }

    private static String layout(JudgingTask task) {
        return "Question: " + task.question().text() + "\n(a) " + task.example().response1() + "\n(b) " + task.example().response2() + "\n";
    }
}
