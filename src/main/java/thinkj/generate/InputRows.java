package thinkj.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import thinkj.io.JsonLines;
import thinkj.io.Streams;
import thinkj.io.UserError;
import thinkj.tokenizer.Message;
import thinkj.tokenizer.Tokenizer;

/**
 * Reads what is to be generated or scored from JSON Lines and turns it into ids. All rows are read and checked before anything is
 * computed; what is wrong with them comes in one message, each with file and line.
 */
public final class InputRows {
    /** Problems told in full; the rest is counted. */
    private static final int TOLD = 20;

    private static final List<String> PROMPTS = List.of("prompt", "messages", "ids");
    private static final List<String> SCORE_PROMPTS = List.of("ids", "prompt");
    private static final List<String> CONTINUATIONS = List.of("continuation_ids", "continuation");

    private final PromptRules rules;
    private final Tokenizer tokenizer;
    private final Template template;

    /** A prompt and the id that its result carries. */
    public record Prompt(JsonNode id, int[] ids) {}

    /** A prompt, what follows it, and the id that the result carries. */
    public record Continuation(JsonNode id, Scorer.Request request) {}

    /** Dialogue to text, ending where the answer begins. */
    @FunctionalInterface
    public interface Template {
        String render(List<Message> messages);
    }

    /** What one row becomes. */
    private interface Conversion<T> {
        T convert(JsonLines.Row row);
    }

    /**
     * @param tokenizerOrNull without one only ids are taken
     * @param templateOrNull without one messages are refused
     */
    public InputRows(PromptRules rules, Tokenizer tokenizerOrNull, Template templateOrNull) {
        this.rules = rules;
        tokenizer = tokenizerOrNull;
        template = templateOrNull;
    }

    /** Rows with {@code id} and one of {@code prompt}, {@code messages}, {@code ids}. */
    public List<Prompt> prompts(String file) {
        return read(file, row -> {
            checkFields(row, PROMPTS);
            int[] ids = ids(row, only(row, PROMPTS));
            fail(row, rules.promptProblem(ids).orElse(null));
            return new Prompt(id(row), ids);
        });
    }

    /** Rows with {@code id}, one of {@code ids}, {@code prompt}, and one of {@code continuation_ids}, {@code continuation}. */
    public List<Continuation> continuations(String file) {
        return read(file, row -> {
            checkFields(row, Stream.concat(SCORE_PROMPTS.stream(), CONTINUATIONS.stream()).toList());
            int[] prompt = ids(row, only(row, SCORE_PROMPTS));
            int[] continuation = ids(row, only(row, CONTINUATIONS));
            fail(row, rules.continuationProblem(prompt, continuation).orElse(null));
            return new Continuation(id(row), new Scorer.Request(prompt, continuation));
        });
    }

    private static <T> List<T> read(String file, Conversion<T> conversion) {
        List<T> rows = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        try (JsonLines.Reader reader = JsonLines.read(file)) {
            while (reader.hasNext()) {
                try {
                    rows.add(conversion.convert(reader.next()));
                } catch (UserError e) {
                    problems.add(e.getMessage());
                }
            }
        }
        if (!problems.isEmpty()) {
            String more = problems.size() > TOLD ? "\nand " + (problems.size() - TOLD) + " more" : "";
            throw new UserError(String.join("\n", problems.subList(0, Math.min(TOLD, problems.size()))) + more);
        }
        if (rows.isEmpty()) {
            throw new UserError(Streams.inputName(file) + ": has no rows, at least one is expected");
        }
        return rows;
    }

    private static void checkFields(JsonLines.Row row, List<String> inputs) {
        Set<String> unknown = new TreeSet<>();
        row.json().fieldNames().forEachRemaining(unknown::add);
        unknown.remove("id");
        inputs.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            fail(row, String.join(", ", unknown) + ": unknown field, a row has id, " + String.join(", ", inputs));
        }
    }

    private static JsonNode id(JsonLines.Row row) {
        JsonNode id = row.require("id");
        if (!id.isTextual() && !id.isNumber()) {
            fail(row, "id: " + id + ", must be a text or a number");
        }
        return id;
    }

    /** The one of these fields that the row has. */
    private static String only(JsonLines.Row row, List<String> fields) {
        List<String> given = fields.stream().filter(row::has).toList();
        if (given.size() != 1) {
            fail(row, (given.isEmpty() ? "none" : String.join(" and ", given)) + " given, exactly one of " + String.join(", ", fields)
                    + " is needed");
        }
        return given.get(0);
    }

    private int[] ids(JsonLines.Row row, String field) {
        JsonNode value = row.require(field);
        if (field.endsWith("ids")) {
            return idArray(row, field, value);
        }
        if (tokenizer == null) {
            fail(row, field + ": text needs a tokenizer, the checkpoint has no tokenizer files: give ids");
        }
        return tokenizer.encode(field.equals("messages") ? rendered(row, value) : row.text(field));
    }

    private static int[] idArray(JsonLines.Row row, String field, JsonNode value) {
        if (!value.isArray()) {
            fail(row, field + ": " + value + ", must be a list of whole numbers");
        }
        int[] ids = new int[value.size()];
        for (int i = 0; i < ids.length; i++) {
            if (!value.get(i).isInt()) {
                fail(row, field + ": " + value.get(i) + " at position " + i + ", must be a whole number");
            }
            ids[i] = value.get(i).intValue();
        }
        return ids;
    }

    private String rendered(JsonLines.Row row, JsonNode value) {
        if (template == null) {
            fail(row, "messages: the checkpoint's tokenizer files have no chat template: give prompt or ids");
        }
        if (!value.isArray() || value.isEmpty()) {
            fail(row, "messages: must be a list of at least one {role, content}");
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : value) {
            boolean fits = message instanceof ObjectNode && message.size() == 2;
            if (!fits || !message.path("role").isTextual() || !message.path("content").isTextual()) {
                fail(row, "messages: " + message + ", must have role and content, both texts, and nothing else");
            }
            messages.add(new Message(message.get("role").textValue(), message.get("content").textValue()));
        }
        return template.render(messages);
    }

    private static void fail(JsonLines.Row row, String problem) {
        if (problem != null) {
            throw new UserError(row.place() + ": " + problem);
        }
    }
}
