package thinkj.quickstart;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import thinkj.data.ExampleFiles;
import thinkj.data.JudgeExample;
import thinkj.data.SftExample;
import thinkj.io.Folders;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;

/**
 * What the quickstart's base model is made of: its tokenizer and the examples that it is taught ({@code base.jsonl}). The checkpoint
 * itself comes of {@code thinkj init} and {@code thinkj sft}.
 */
final class BaseMaterial {
    private static final int MOST_MERGES = 400;
    private static final int CONTEXT = 256;

    private BaseMaterial() {}

    /**
     * Writes both.
     *
     * @param prompts the wording that the judge will be asked in
     * @param examples how many examples
     * @return number of tokens of the vocabulary
     */
    static int write(Prompts prompts, int examples, long seed, Path folder) {
        Random random = new Random(seed);
        List<SftExample> lessons = BaseSkill.examples(examples, prompts, random);
        Folders.requireWritable(folder);
        ExampleFiles.writeSft(folder.resolve("base.jsonl").toString(), lessons);
        return LearntTokenizer.write(texts(lessons, prompts, random), MOST_MERGES, CONTEXT, folder);
    }

    /** Everything that is ever written in the quickstart, so that each word of it becomes a token. */
    private static List<String> texts(List<SftExample> lessons, Prompts prompts, Random random) {
        List<String> texts = new ArrayList<>(List.of("system\n", "user\n", "assistant\n"));
        for (SftExample lesson : lessons) {
            texts.add(lesson.instruction());
            texts.add(lesson.output());
        }
        List<DigitQuestion> questions = DigitQuestion.all(false);
        for (JudgingTask task : JudgingTask.make("text", questions, questions.size(), random)) {
            JudgeExample row = task.example();
            texts.add(task.trace());
            texts.add(prompts.critic(
                    PromptKind.STRENGTH, row.instruction(), row.response1(), row.response2(), row.better(), row.strength()));
        }
        return texts;
    }
}
