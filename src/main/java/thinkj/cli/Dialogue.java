package thinkj.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import thinkj.generate.Generation;
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

/**
 * Turns of a user and a model, by lines of text. Each answer sees the whole dialogue and is shown as it comes; the KV cache keeps what was
 * said.
 */
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

    /**
     * Goes on until the input ends or says so.
     *
     * @param typed whether lines come from somebody who types them: one that comes during an answer stops it
     */
    void run(BufferedReader in, boolean typed, PrintWriter out, PrintWriter err) throws IOException {
        Shown shown = new Shown(typed ? in : null, out);
        try (Generation generation = generator.open(options, shown)) {
            shown.generation = generation;
            for (String line = ask(in, err); line != null && !line.strip().equals(EXIT); line = ask(in, err)) {
                if (line.strip().equals(RESET)) {
                    messages.clear();
                    messages.addAll(opening);
                } else if (!line.isBlank()) {
                    answer(line, shown, err);
                }
            }
        }
    }

    private static String ask(BufferedReader in, PrintWriter err) throws IOException {
        err.print("> ");
        err.flush();
        return in.readLine();
    }

    private void answer(String question, Shown shown, PrintWriter err) {
        messages.add(new Message("user", question));
        int[] prompt = words.template().encode(messages, true);
        Optional<String> problem = words.rules().promptProblem(prompt);
        if (problem.isPresent()) {
            messages.remove(messages.size() - 1);
            err.println(problem.get() + ", or start again with " + RESET);
            return;
        }
        GenerationResult result = shown.answer(new GenerationRequest(turn++, prompt));
        if (result.failed()) {
            messages.remove(messages.size() - 1);
            err.println(result.error() + ", or start again with " + RESET);
        } else {
            messages.add(new Message("assistant", result.text()));
        }
    }

    /** Shows an answer token by token. */
    private final class Shown implements GenerationListener {
        private final BufferedReader interrupter;
        private final PrintWriter out;
        private Generation generation;
        private StreamingDecoder stream;

        /** @param interrupter null: nobody can stop an answer */
        Shown(BufferedReader interrupter, PrintWriter out) {
            this.interrupter = interrupter;
            this.out = out;
        }

        GenerationResult answer(GenerationRequest request) {
            stream = new StreamingDecoder(words.tokenizer(), true);
            int position = generation.add(request);
            generation.run();
            GenerationResult result = generation.result(position);
            if (!result.failed()) {
                out.println(stream.rest());
                out.flush();
            }
            return result;
        }

        @Override
        public void token(int requestPosition, int id) {
            out.print(stream.next(id));
            out.flush();
            try {
                if (interrupter != null && interrupter.ready()) {
                    interrupter.readLine();
                    generation.cancel(requestPosition);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
