package thinkj.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import thinkj.generate.GenerationListener;
import thinkj.generate.GenerationRequest;
import thinkj.generate.GenerationResult;
import thinkj.generate.Generator;
import thinkj.generate.PromptRules;
import thinkj.generate.SamplingOptions;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.Message;
import thinkj.tokenizer.StreamingDecoder;
import thinkj.tokenizer.Tokenizer;

/** Turns of a user and a model, by lines of text. Each answer sees the whole dialogue and is shown as it comes. */
final class Dialogue {
    private static final String EXIT = "/exit";
    private static final String RESET = "/reset";

    private final Generator generator;
    private final SamplingOptions options;
    private final Words words;
    private final List<Message> opening;
    private final List<Message> messages;
    private long turn;

    /** How a dialogue becomes ids and ids become text. */
    record Words(Tokenizer tokenizer, ChatTemplate template, PromptRules rules) {}

    /** @param system null: what the template says */
    Dialogue(Generator generator, SamplingOptions options, Words words, String system) {
        this.generator = generator;
        this.options = options;
        this.words = words;
        opening = system == null ? List.of() : List.of(new Message("system", system));
        messages = new ArrayList<>(opening);
    }

    /** Goes on until the input ends or says so. */
    void run(BufferedReader in, PrintWriter out, PrintWriter err) throws IOException {
        for (String line = ask(in, err); line != null && !line.strip().equals(EXIT); line = ask(in, err)) {
            if (line.strip().equals(RESET)) {
                messages.clear();
                messages.addAll(opening);
            } else if (!line.isBlank()) {
                answer(line, out, err);
            }
        }
    }

    private static String ask(BufferedReader in, PrintWriter err) throws IOException {
        err.print("> ");
        err.flush();
        return in.readLine();
    }

    private void answer(String question, PrintWriter out, PrintWriter err) {
        messages.add(new Message("user", question));
        int[] prompt = words.template().encode(messages, true);
        Optional<String> problem = words.rules().promptProblem(prompt);
        if (problem.isPresent()) {
            messages.remove(messages.size() - 1);
            err.println(problem.get() + ", or start again with " + RESET);
            return;
        }
        StreamingDecoder stream = new StreamingDecoder(words.tokenizer(), true);
        GenerationListener shown = new GenerationListener() {
            @Override
            public void token(int requestPosition, int id) {
                out.print(stream.next(id));
                out.flush();
            }
        };
        GenerationResult result = generator.generate(List.of(new GenerationRequest(turn++, prompt)), options, shown).get(0);
        out.println(stream.rest());
        out.flush();
        messages.add(new Message("assistant", result.text()));
    }
}
