package thinkj.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import thinkj.io.FileErrors;
import thinkj.io.Folders;
import thinkj.io.Json;
import thinkj.io.JsonLines;
import thinkj.io.LineLog;
import thinkj.io.Progress;
import thinkj.io.UserError;

/**
 * Puts many prompts to a model so that a stopped run goes on where it was. Each answer goes to a journal as it comes; a run that is
 * started again with the same settings reads the journal (a torn last line is dropped) and asks only what is left. The caller writes the
 * result files from the answers in the order of the prompts, so they do not depend on how often the run was stopped: an answer has to
 * depend on its prompt alone. Seconds, which never repeat, stand in a file of their own.
 *
 * <p>The manifest holds the settings. Answers and results of a run with other settings are never touched.
 */
public final class JudgingRun {
    private final RunFiles files;
    private final JsonNode settings;
    private final boolean finished;
    private final Map<Integer, Double> seconds = new TreeMap<>();

    private JudgingRun(RunFiles files, JsonNode settings, boolean finished) {
        this.files = files;
        this.settings = settings;
        this.finished = finished;
    }

    /**
     * Opens a new run, or one to go on with.
     *
     * @param settings everything that the answers depend on, names to texts or numbers
     * @throws UserError if the place cannot be written, or holds a run with other settings or files of unknown origin
     */
    public static JudgingRun open(RunFiles files, Map<String, ?> settings) {
        Folders.requireWritable(files.manifest().toAbsolutePath().getParent());
        JsonNode now = Json.MAPPER.valueToTree(settings);
        if (!Files.exists(files.manifest())) {
            refuseStrangers(files);
            JudgingRun run = new JudgingRun(files, now, false);
            run.writeManifest(false);
            return run;
        }
        JsonNode manifest = Json.read(files.manifest());
        List<String> differences = differences(manifest.path("settings"), now);
        if (differences.isEmpty()) {
            return new JudgingRun(files, now, manifest.path("finished").asBoolean());
        }
        if (holdsAnswers(files)) {
            throw new UserError(files.manifest() + ": belongs to a different run: " + String.join(", ", differences)
                    + "; choose another output, or delete that run's files to start again");
        }
        JudgingRun run = new JudgingRun(files, now, false);
        run.writeManifest(false);
        return run;
    }

    /** Whether an earlier start has finished the run: the result files are there. */
    public boolean finished() {
        return finished;
    }

    /**
     * The answer to every prompt, in the order of the prompts.
     *
     * @param generator asked for those that the journal does not have
     * @param task what progress is shown as
     */
    public List<Answer> answers(List<int[]> prompts, TextGenerator generator, String task) {
        Answer[] answers = new Answer[prompts.size()];
        try (LineLog journal = LineLog.open(files.journal())) {
            readJournal(answers);
            List<Integer> open = open(answers);
            if (!open.isEmpty()) {
                ask(prompts, open, answers, generator, journal, task);
            }
        }
        return List.of(answers);
    }

    private void ask(List<int[]> prompts, List<Integer> open, Answer[] answers, TextGenerator generator, LineLog journal, String task) {
        try (Progress progress = Progress.start(task, prompts.size(), "answers")) {
            progress.step(prompts.size() - open.size());
            generator.generate(open.stream().map(prompts::get).toList(), new TextGenerator.Receiver() {
                @Override
                public void accept(int position, Answer answer, double took) {
                    int prompt = open.get(position);
                    journal.append(Entry.of(prompt, answer, took));
                    answers[prompt] = answer;
                    seconds.put(prompt, took);
                    progress.step();
                }

                @Override
                public void going(String words) {
                    progress.note(words);
                }
            });
        }
        List<Integer> missing = open(answers);
        if (!missing.isEmpty()) {
            throw new IllegalStateException("the generator left " + missing.size() + " prompts without an answer");
        }
    }

    /**
     * The result files are written: records that, and the seconds of every answer.
     *
     * @param names what each prompt is called in the file of seconds
     */
    public void finish(List<String> names) {
        try (JsonLines.Writer out = JsonLines.write(files.timings().toString())) {
            seconds.forEach((position, took) -> {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("name", names.get(position));
                row.put("seconds", took);
                out.write(row);
            });
            out.commit();
        }
        writeManifest(true);
        try {
            Files.deleteIfExists(files.journal());
        } catch (IOException e) {
            throw FileErrors.writing(files.journal(), e);
        }
    }

    /** A line of the journal. */
    private record Entry(int position, String text, int tokens, String finishReason, double seconds) {
        static Entry of(int position, Answer answer, double seconds) {
            return new Entry(position, answer.text(), answer.tokens(), answer.finishReason(), seconds);
        }

        Answer answer() {
            return new Answer(text, tokens, finishReason);
        }
    }

    private void readJournal(Answer[] answers) {
        for (JsonLines.Row row : JsonLines.readAll(files.journal().toString())) {
            try {
                Entry entry = Json.MAPPER.treeToValue(row.json(), Entry.class);
                answers[entry.position()] = entry.answer();
                seconds.put(entry.position(), entry.seconds());
            } catch (IOException | IndexOutOfBoundsException e) {
                throw new UserError(row.place() + ": is no answer of this run; delete " + files.journal() + " to start again", e);
            }
        }
    }

    private static List<Integer> open(Answer[] answers) {
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < answers.length; i++) {
            if (answers[i] == null) {
                open.add(i);
            }
        }
        return open;
    }

    private void writeManifest(boolean done) {
        ObjectNode manifest = Json.MAPPER.createObjectNode();
        manifest.put("finished", done);
        manifest.set("settings", settings);
        Json.write(files.manifest(), manifest);
    }

    private static void refuseStrangers(RunFiles files) {
        List<Path> all = new ArrayList<>(files.outputs());
        all.add(files.journal());
        for (Path file : all) {
            if (Files.exists(file)) {
                throw new UserError(file + ": is there already and belongs to no run that could be continued (there is no "
                        + files.manifest().getFileName() + "); choose another output, or delete the file");
            }
        }
    }

    private static List<String> differences(JsonNode then, JsonNode now) {
        List<String> differences = new ArrayList<>();
        now.properties().forEach(setting -> {
            JsonNode old = then.path(setting.getKey());
            if (!old.asText().equals(setting.getValue().asText())) {
                differences.add(setting.getKey() + " is " + (old.isMissingNode() ? "missing" : old) + " there and "
                        + setting.getValue() + " here");
            }
        });
        return differences;
    }

    /** A run that failed before its first answer holds nothing worth keeping. */
    private static boolean holdsAnswers(RunFiles files) {
        return files.outputs().stream().anyMatch(Files::exists) || files.journal().toFile().length() > 0;
    }
}
