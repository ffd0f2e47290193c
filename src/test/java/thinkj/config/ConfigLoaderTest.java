package thinkj.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thinkj.io.UserError;

class ConfigLoaderTest {
    enum Average { TOKEN_MEAN, MICRO_MEAN }

    record Optimiser(double learningRate, double weightDecay, int warmupSteps, int totalSteps) {
        Optimiser {
            new Rules()
                    .that(learningRate > 0, "learning_rate", learningRate, "must be greater than 0")
                    .that(weightDecay >= 0, "weight_decay", weightDecay, "must be at least 0")
                    .that(warmupSteps <= totalSteps, "warmup_steps", warmupSteps, "must be at most total_steps, which is " + totalSteps)
                    .check();
        }
    }

    record Recipe(
            Path model, String name, boolean shuffle, long seed, Average average, List<Integer> stopIds, Optional<String> template,
            Map<String, Double> weights, Optimiser optimiser) {}

    private static final String GOOD = """
            # a recipe
            model: models/a b
            name: "7"
            shuffle: true
            seed: 1234567890123
            average: token-mean
            stop_ids: [1, 2]
            template: null
            weights: {chat: 1, safety: .5}
            optimiser:
              learning_rate: 5e-6
              weight_decay: 0
              warmup_steps: 0
              total_steps: 10
            """;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("recipe.yaml");
    }

    @Test
    void everyTypeIsBound() throws IOException {
        assertEquals(good(), load(GOOD));
    }

    @Test
    void whatIsWrittenIsReadBack() {
        Recipe odd = new Recipe(
                Path.of("x: y"), "no", false, -1, Average.MICRO_MEAN, List.of(), Optional.of("{{ a }}\n# b\n"), Map.of("1", 1e-300),
                new Optimiser(1e-6, 0.1, 0, 1));
        for (Recipe recipe : List.of(good(), odd)) {
            ConfigLoader.write(recipe, file);
            assertEquals(recipe, ConfigLoader.load(file, List.of(), Recipe.class));
        }
    }

    @Test
    void overridesTakeTheFilesPlace() throws IOException {
        Recipe recipe = load(GOOD, "optimiser.learning_rate=1e-3", "template=a=b", "stop_ids=[3]", "seed=1", "seed=2", "name='8'");
        assertEquals(new Recipe(
                Path.of("models/a b"), "8", true, 2, Average.TOKEN_MEAN, List.of(3), Optional.of("a=b"), Map.of("chat", 1.0, "safety", 0.5),
                new Optimiser(1e-3, 0, 0, 10)), recipe);
    }

    @Test
    void anOverrideStatesWhatTheFileLeavesOut() throws IOException {
        String head = GOOD.substring(0, GOOD.indexOf("optimiser:"));
        assertEquals(good(), load(head,
                "optimiser.learning_rate=5e-6", "optimiser.weight_decay=0", "optimiser.warmup_steps=0", "optimiser.total_steps=10"));
    }

    @Test
    void allProblemsAreToldTogether() {
        String bad = """
                model: 3
                name: 7
                shuffle: yes
                seed: 3.7
                average: tokens
                stop_ids: [1, two]
                wieghts: {chat: 1}
                seed: 5
                optimiser:
                  learning_rate: -1
                  weight_decay: fast
                  warmup_steps: 20
                  total_steps: 10
                """;
        String f = file.toString();
        assertEquals(String.join("\n",
                "13 problems in the configuration",
                f + ":1: model: 3, must be a text",
                f + ":1: template: missing, must be a text or null",
                f + ":1: weights: missing, must be keys and values",
                f + ":2: name: 7, must be a text",
                f + ":3: shuffle: yes, must be true or false",
                f + ":4: seed: 3.7, must be an integer",
                f + ":5: average: tokens, must be one of token-mean, micro-mean",
                f + ":6: stop_ids[1]: two, must be an integer (32 bits)",
                f + ":7: wieghts: unknown key, must be one of model, name, shuffle, seed, average, stop_ids, template, weights, optimiser",
                f + ":8: seed: stated twice, first on line 4",
                f + ":10: optimiser.learning_rate: -1.0, must be greater than 0",
                f + ":11: optimiser.weight_decay: fast, must be a number",
                f + ":12: optimiser.warmup_steps: 20, must be at most total_steps, which is 10").replace("13 problems", "13 problems"),
                message(bad));
    }

    @Test
    void aRuleAboutAValueThatCouldNotBeReadIsLeftOut() {
        assertEquals(file + ":14: optimiser.total_steps: many, must be an integer (32 bits)",
                message(GOOD.replace("total_steps: 10", "total_steps: many").replace("warmup_steps: 0", "warmup_steps: 20")));
    }

    @Test
    void valuesThatYamlGuessesWrong() {
        assertEquals(file + ":5: seed: 010, must be an integer", message(GOOD.replace("1234567890123", "010")));
        assertEquals(file + ":5: seed: \"1\", must be an integer", message(GOOD.replace("1234567890123", "\"1\"")));
        assertEquals(file + ":5: seed: 9223372036854775808, must be an integer", message(GOOD.replace("1234567890123", "9223372036854775808")));
        assertEquals(file + ":3: name: 1e-6, must be a text", message(GOOD.replace("\"7\"", "1e-6")));
        assertEquals(file + ":3: name: null, must be a text", message(GOOD.replace("\"7\"", "")));
        assertEquals(file + ":11: optimiser.learning_rate: .nan, must be a number", message(GOOD.replace("5e-6", ".nan")));
        assertEquals(file + ":11: optimiser.learning_rate: 1e999, must be a number", message(GOOD.replace("5e-6", "1e999")));
        assertEquals(file + ":7: stop_ids: 1, must be a list, each item an integer (32 bits)", message(GOOD.replace("[1, 2]", "1")));
        assertEquals(file + ":6: average: TOKEN_MEAN, must be one of token-mean, micro-mean", message(GOOD.replace("token-mean", "TOKEN_MEAN")));
    }

    @Test
    void badOverrides() {
        assertEquals("command line: optimiser.weight_decay: -1.0, must be at least 0", message(GOOD, "optimiser.weight_decay=-1"));
        assertEquals("command line: seed: x, must be an integer", message(GOOD, "seed=x"));
        assertEquals("command line: seed: null, must be an integer", message(GOOD, "seed="));
        assertEquals("command line: --seed, an override must have the form key.sub=value", message(GOOD, "--seed"));
        assertEquals("command line: seed.a=1, seed has no keys below it", message(GOOD, "seed.a=1"));
        assertEquals("command line: optimiser.lr: unknown key, must be one of learning_rate, weight_decay, warmup_steps, total_steps",
                message(GOOD, "optimiser.lr=1"));
        assertEquals("command line: stop_ids=[1, the value is not valid YAML: expected ',' or ']', but got <stream end>",
                message(GOOD, "stop_ids=[1"));
    }

    @Test
    void filesThatAreNoConfig() {
        assertEquals(file + ": a configuration is expected, keys and values such as `seed: 42`", message(""));
        assertEquals(file + ": a configuration is expected, keys and values such as `seed: 42`", message("- 1"));
        assertEquals(file + ":2: not valid YAML: expected ',' or ']', but got <stream end>", message("a: [1\n"));
        assertEquals(file + ":2: not valid YAML: but found another document", message("a: 1\n---\nb: 2\n"));
        assertEquals(folder.resolve("none.yaml") + ": no such file",
                assertThrows(UserError.class, () -> ConfigLoader.load(folder.resolve("none.yaml"), List.of(), Recipe.class)).getMessage());
    }

    private static Recipe good() {
        return new Recipe(
                Path.of("models/a b"), "7", true, 1234567890123L, Average.TOKEN_MEAN, List.of(1, 2), Optional.empty(),
                Map.of("chat", 1.0, "safety", 0.5), new Optimiser(5e-6, 0, 0, 10));
    }

    private Recipe load(String yaml, String... overrides) throws IOException {
        return ConfigLoader.load(Files.writeString(file, yaml), List.of(overrides), Recipe.class);
    }

    private String message(String yaml, String... overrides) {
        return assertThrows(UserError.class, () -> load(yaml, overrides)).getMessage();
    }
}
