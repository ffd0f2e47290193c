package thinkj.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import thinkj.io.FileErrors;
import thinkj.io.Json;
import thinkj.io.UserError;

/**
 * A checkpoint's own chat template (Jinja), rendered as HF's {@code apply_chat_template} does it: block lines leave no line end and no
 * indentation behind, and a message's text is never taken for a template.
 */
public final class ChatTemplate {
    private static final String CONFIG = "tokenizer_config.json";
    private static final String TEMPLATE = "chat_template.jinja";
    private static final String SYSTEM_HEAD = "<|im_start|>system\n";
    private static final String END = "<|im_end|>";

    private final Path origin;
    private final String template;
    private final Map<String, Object> specialTokens;
    private final Tokenizer tokenizer;
    private final Jinjava jinja;

    private ChatTemplate(Path origin, String template, Map<String, Object> specialTokens, Tokenizer tokenizer) {
        this.origin = origin;
        // Jinja drops the one line end that a template file ends in.
        this.template = template.endsWith("\n") ? template.substring(0, template.length() - 1) : template;
        this.specialTokens = specialTokens;
        this.tokenizer = tokenizer;
        this.jinja = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withKeepTrailingNewline(true)
                .withNestedInterpretationEnabled(false)
                .withLegacyOverrides(asInPython())
                .build());
        jinja.getGlobalContext()
                .registerFunction(new ELFunctionDefinition("", "raise_exception", ChatTemplate.class, "refuse", String.class));
    }

    /** Where this library's first versions differ from Jinja. */
    private static LegacyOverrides asInPython() {
        return LegacyOverrides.newBuilder()
                .withUseTrimmingForNotesAndExpressions(true)
                .withParseWhitespaceControlStrictly(true)
                .withHandleBackslashInQuotesOnly(true)
                .withUseNaturalOperatorPrecedence(true)
                .withIterateOverMapKeys(true)
                .withKeepNullableLoopValues(true)
                .build();
    }

    /** Opens the template of a checkpoint folder; one without is the user's error. */
    public static ChatTemplate open(Path folder, Tokenizer tokenizer) {
        return openIfPresent(folder, tokenizer).orElseThrow(() -> new UserError(folder + ": holds no chat template, neither " + TEMPLATE
                + " nor chat_template in " + CONFIG + "; copy the tokenizer files of a chat model there"));
    }

    /** Opens the template of a checkpoint folder where it has one: {@code chat_template.jinja}, or in {@code tokenizer_config.json}. */
    public static Optional<ChatTemplate> openIfPresent(Path folder, Tokenizer tokenizer) {
        Path config = folder.resolve(CONFIG);
        Path file = folder.resolve(TEMPLATE);
        JsonNode settings = Files.exists(config) ? Json.read(config) : Json.MAPPER.createObjectNode();
        Map<String, Object> special = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token", "pad_token", "unk_token")) {
            JsonNode token = settings.path(name);
            special.put(name, token.isObject() ? token.path("content").asText() : token.isTextual() ? token.asText() : null);
        }
        if (Files.exists(file)) {
            return Optional.of(new ChatTemplate(file, text(file), special, tokenizer));
        }
        return inSettings(settings.path("chat_template")).map(template -> new ChatTemplate(config, template, special, tokenizer));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw FileErrors.reading(file, e);
        }
    }

    /** A template, or a list of named ones of which {@code default} counts. */
    private static Optional<String> inSettings(JsonNode node) {
        for (JsonNode named : node) {
            if ("default".equals(named.path("name").asText())) {
                return Optional.of(named.path("template").asText());
            }
        }
        return node.isTextual() ? Optional.of(node.asText()) : Optional.empty();
    }

    /** Text of a dialogue; with {@code addGenerationPrompt} it ends in the head of the assistant's turn. */
    public String render(List<Message> messages, boolean addGenerationPrompt) {
        List<Map<String, Object>> turns = new ArrayList<>();
        for (Message message : messages) {
            turns.add(Map.of("role", message.role(), "content", message.content()));
        }
        Map<String, Object> context = new HashMap<>(specialTokens);
        context.put("messages", turns);
        context.put("add_generation_prompt", addGenerationPrompt);
        RenderResult result = jinja.renderForResult(template, context);
        for (TemplateError error : result.getErrors()) {
            if (error.getSeverity() == TemplateError.ErrorType.FATAL) {
                throw failure(error);
            }
        }
        return result.getOutput();
    }

    /** A refusal by the template itself comes wrapped up. */
    private UserError failure(TemplateError error) {
        for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UserError refusal) {
                return refusal;
            }
        }
        return new UserError(origin + ": the chat template cannot be rendered: " + error.getMessage());
    }

    /** Ids of a dialogue. */
    public int[] encode(List<Message> messages, boolean addGenerationPrompt) {
        return tokenizer.encode(render(messages, addGenerationPrompt));
    }

    /** The system sentence that a ChatML template puts before a dialogue without one; empty where it puts none. */
    public Optional<String> defaultSystem() {
        String text = render(List.of(new Message("user", "")), false);
        int end = text.indexOf(END);
        return text.startsWith(SYSTEM_HEAD) && end >= 0 ? Optional.of(text.substring(SYSTEM_HEAD.length(), end)) : Optional.empty();
    }

    /** What templates call to refuse a dialogue. */
    public static String refuse(String reason) {
        throw new UserError("the chat template refuses the messages: " + reason);
    }
}
