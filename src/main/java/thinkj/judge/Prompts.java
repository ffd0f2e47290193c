package thinkj.judge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import thinkj.io.UserError;

/**
 * The wording of what judge and critic are asked: a file {@code KIND-judge.txt} and a file {@code KIND-critic.txt} for each
 * {@link PromptKind}. A folder may replace any of them; the rest stays as built in. Places: {@code {instruction}},
 * {@code {response1}}, {@code {response2}} (for {@code score_single} one {@code {response}}); a critic's file also has
 * {@code {better}} (a or b) and may have {@code {strength}} (for {@code score_single} it has {@code {standing}}: better or worse).
 */
public final class Prompts {
    private static final String BUILT_IN = "/thinkj/prompts/";
    private static final String EXTENSION = ".txt";

    private enum Role {
        JUDGE,
        CRITIC;

        String fileOf(PromptKind kind) {
            return kind.key() + (this == JUDGE ? "-judge" : "-critic") + EXTENSION;
        }
    }

    private final Map<String, PromptTemplate> templates;

    private Prompts(Map<String, PromptTemplate> templates) {
        this.templates = templates;
    }

    /** Think-J's own wording. */
    public static Prompts builtIn() {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String file : files().keySet()) {
            texts.put(file, resource(file));
        }
        return of(texts, BUILT_IN);
    }

    /** Think-J's own wording with the files of a folder in place of those of the same name. */
    public static Prompts from(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UserError("prompts: " + folder + " is not a folder; name one that holds files such as "
                    + Role.JUDGE.fileOf(PromptKind.STRENGTH));
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (String file : files().keySet()) {
            Path own = folder.resolve(file);
            texts.put(file, Files.exists(own) ? read(own) : resource(file));
        }
        refuseStrangers(folder);
        return of(texts, folder + "/");
    }

    /** What a judge is asked. For {@link PromptKind#SCORE_SINGLE} the response is {@code response1}. */
    public String judge(PromptKind kind, String instruction, String response1, String response2) {
        return template(kind, Role.JUDGE).fill(values(kind, instruction, response1, response2));
    }

    /**
     * What a critic is asked, who is told the verdict.
     *
     * @param better 1 or 2: the side that the critic shall argue for
     * @param strength how much better, sign ignored; 0 where it is not known, which a prompt that states it refuses
     */
    public String critic(PromptKind kind, String instruction, String response1, String response2, int better, int strength) {
        PromptTemplate template = template(kind, Role.CRITIC);
        if (strength == 0 && template.uses("strength")) {
            throw new UserError("prompt " + Role.CRITIC.fileOf(kind)
                    + " states the strength, which this row does not give; use data with strengths, or the prompt cot");
        }
        Map<String, String> values = values(kind, instruction, response1, response2);
        values.put("better", Verdict.letter(better));
        values.put("standing", better == 1 ? "better" : "worse");
        values.put("strength", Integer.toString(Math.abs(strength)));
        return template.fill(values);
    }

    /**
     * Where the responses stand in what a judge or a critic is asked: start and end of each, in order. Empty for a text that none of
     * these prompts made.
     */
    public List<int[]> responses(String asked) {
        for (PromptTemplate template : templates.values()) {
            Map<String, int[]> places = template.places(asked);
            if (!places.isEmpty()) {
                return places.entrySet().stream().filter(place -> place.getKey().startsWith("response")).map(Map.Entry::getValue).toList();
            }
        }
        return List.of();
    }

    private PromptTemplate template(PromptKind kind, Role role) {
        return templates.get(role.fileOf(kind));
    }

    private static Map<String, String> values(PromptKind kind, String instruction, String response1, String response2) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("instruction", instruction);
        if (kind == PromptKind.SCORE_SINGLE) {
            values.put("response", response1);
        } else {
            values.put("response1", response1);
            values.put("response2", response2);
        }
        return values;
    }

    private static Prompts of(Map<String, String> texts, String place) {
        Map<String, List<String>> required = files();
        Map<String, PromptTemplate> templates = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        texts.forEach((file, text) -> {
            List<String> optional = file.equals(Role.CRITIC.fileOf(PromptKind.SCORE_SINGLE)) || !file.contains("-critic")
                    ? List.of()
                    : List.of("strength");
            for (String problem : PromptTemplate.problems(text, required.get(file), optional)) {
                problems.add(place + file + ": " + problem);
            }
            templates.put(file, new PromptTemplate(text));
        });
        if (!problems.isEmpty()) {
            throw new UserError("prompts that cannot be used:\n  " + String.join("\n  ", problems));
        }
        return new Prompts(templates);
    }

    /** Every file with the places that it must have. */
    private static Map<String, List<String>> files() {
        Map<String, List<String>> files = new LinkedHashMap<>();
        for (PromptKind kind : PromptKind.values()) {
            boolean single = kind == PromptKind.SCORE_SINGLE;
            List<String> judge = single ? List.of("instruction", "response") : List.of("instruction", "response1", "response2");
            List<String> critic = new ArrayList<>(judge);
            critic.add(single ? "standing" : "better");
            files.put(Role.JUDGE.fileOf(kind), judge);
            files.put(Role.CRITIC.fileOf(kind), critic);
        }
        return files;
    }

    /** A misspelt file name would silently leave the built-in wording in force. */
    private static void refuseStrangers(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<String> strangers = entries.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(EXTENSION) && !files().containsKey(name))
                    .sorted()
                    .toList();
            if (!strangers.isEmpty()) {
                throw new UserError("prompts: " + folder + " holds " + String.join(", ", strangers)
                        + ", which no prompt is called; the names are " + String.join(", ", files().keySet()));
            }
        } catch (IOException e) {
            throw new UserError("prompts: cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    private static String read(Path file) {
        try {
            return withoutLastNewline(Files.readString(file));
        } catch (IOException e) {
            throw new UserError("prompts: cannot read " + file + " as UTF-8 text: " + e.getMessage(), e);
        }
    }

    private static String resource(String file) {
        try (InputStream in = Prompts.class.getResourceAsStream(BUILT_IN + file)) {
            return withoutLastNewline(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String withoutLastNewline(String text) {
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
