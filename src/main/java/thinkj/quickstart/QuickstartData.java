package thinkj.quickstart;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import thinkj.config.QuickstartConfig;
import thinkj.data.ExampleFiles;
import thinkj.data.GrpoRow;
import thinkj.data.JudgeExample;
import thinkj.data.SftExample;
import thinkj.io.Folders;
import thinkj.io.UserError;
import thinkj.judge.PromptKind;
import thinkj.judge.Prompts;
import thinkj.tokenizer.Message;

/**
 * The quickstart's data sets as files, each in the form that the command for it reads. No question is in two of them.
 *
 * @param sftJudge supervised examples of a judge
 * @param sftCritic supervised examples of a critic, who is told a verdict
 * @param tasks judge input for pairs
 * @param grpo the same tasks as prompts with a ground truth
 * @param validation further prompts with a ground truth
 * @param heldOut judge input for the evaluation
 */
record QuickstartData(Path sftJudge, Path sftCritic, Path tasks, Path grpo, Path validation, Path heldOut) {
    private static final String SOURCE = "quickstart";

    /** Makes and writes them; the same seed gives the same files. */
    static QuickstartData write(QuickstartConfig config, Prompts prompts, long seed, Path folder) {
        Random random = new Random(seed);
        List<DigitQuestion> training = new ArrayList<>(DigitQuestion.all(false));
        List<DigitQuestion> heldOut = DigitQuestion.all(true);
        int needed = config.sftTasks() + config.optimisationTasks() + config.validationTasks();
        refuseMore("sft_tasks + optimisation_tasks + validation_tasks", needed, training.size());
        refuseMore("held_out_tasks", config.heldOutTasks(), heldOut.size());
        Collections.shuffle(training, random);
        int first = config.sftTasks();
        int second = first + config.optimisationTasks();
        List<JudgingTask> sft = JudgingTask.make("sft", training.subList(0, first), first, random);
        List<JudgingTask> tasks = JudgingTask.make("train", training.subList(first, second), second - first, random);
        List<JudgingTask> validation = JudgingTask.make("validation", training.subList(second, needed), needed - second, random);
        List<JudgingTask> evaluation = JudgingTask.make("held-out", heldOut, config.heldOutTasks(), random);

        Folders.create(folder);
        QuickstartData data = new QuickstartData(
                folder.resolve("sft-judge.json"), folder.resolve("sft-critic.json"), folder.resolve("tasks.jsonl"),
                folder.resolve("grpo.parquet"), folder.resolve("grpo-validation.parquet"), folder.resolve("held-out.jsonl"));
        ExampleFiles.writeSft(data.sftJudge.toString(), map(sft, task -> lesson(judgePrompt(prompts, task), task.trace())));
        ExampleFiles.writeSft(data.sftCritic.toString(), map(sft, task -> criticLesson(prompts, task)));
        ExampleFiles.writeJudge(data.tasks.toString(), map(tasks, JudgingTask::example));
        ExampleFiles.writeGrpo(data.grpo.toString(), rows(tasks, prompts, "train"));
        ExampleFiles.writeGrpo(data.validation.toString(), rows(validation, prompts, "validation"));
        ExampleFiles.writeJudge(data.heldOut.toString(), map(evaluation, JudgingTask::example));
        return data;
    }

    static String judgePrompt(Prompts prompts, JudgingTask task) {
        JudgeExample row = task.example();
        return prompts.judge(PromptKind.STRENGTH, row.instruction(), row.response1(), row.response2());
    }

    /** The judge's row with the verdict told. */
    private static SftExample criticLesson(Prompts prompts, JudgingTask task) {
        JudgeExample row = task.example();
        String prompt = prompts.critic(
                PromptKind.STRENGTH, row.instruction(), row.response1(), row.response2(), row.better(), row.strength());
        return lesson(prompt, task.trace());
    }

    private static SftExample lesson(String prompt, String answer) {
        return new SftExample("", prompt, "", answer);
    }

    private static List<GrpoRow> rows(List<JudgingTask> tasks, Prompts prompts, String split) {
        List<GrpoRow> rows = new ArrayList<>();
        for (JudgingTask task : tasks) {
            List<Message> messages = List.of(new Message("user", judgePrompt(prompts, task)));
            rows.add(new GrpoRow(SOURCE, messages, "judge", "rule", task.example().strength().toString(), split, rows.size()));
        }
        return rows;
    }

    private static <T> List<T> map(List<JudgingTask> tasks, Function<JudgingTask, T> form) {
        return tasks.stream().map(form).toList();
    }

    private static void refuseMore(String what, int wanted, int available) {
        if (wanted > available) {
            throw new UserError(
                    "quickstart: " + what + ": " + wanted + ", must be at most " + available + ", the number of such questions");
        }
    }
}
