package thinkj.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A training command that can be run again and again, and the comparison of what it leaves.
 *
 * @param command sft, dpo or grpo
 * @param config the recipe
 * @param overrides in place of its values; the output folder is added
 */
public record TrainingRun(String command, Path config, List<String> overrides) {
    /** What is made of the other files, also later: a process that is killed when its model is saved has not made it. */
    private static final Pattern REPORTED = Pattern.compile("run/(report\\.html|plots/.*|tensorboard/.*)");

    private static final Pattern CHECKPOINT = Pattern.compile("run/(checkpoint-|global_step_)([0-9]+)/.*");

    /** What the machine decides, or what says where a run lies. */
    private static final Pattern MACHINE =
            Pattern.compile("run/(timings\\.jsonl|environment\\.jsonl|\\.lock|config\\.yaml|report\\.html|plots/.*|tensorboard/.*)");

    /** The same with other settings. */
    public TrainingRun with(List<String> more) {
        List<String> all = new ArrayList<>(overrides);
        all.addAll(more);
        return new TrainingRun(command, config, all);
    }

    /** Where it trains, in a folder of its own: the run's folder, and beside it what runs share. */
    public static Path output(Path place) {
        return place.resolve("run");
    }

    /** What stands on the command line. */
    public List<String> arguments(Path place) {
        List<String> line = new ArrayList<>(List.of(command, "--config", config.toString()));
        line.addAll(overrides);
        line.add("output=" + output(place));
        return line;
    }

    /** Runs the command in this process. */
    public CommandRun in(Path place) {
        return CommandRun.of(new Main(), arguments(place).toArray(String[]::new));
    }

    /** Runs it to its end, undisturbed, and returns the seconds that it took. */
    public double undisturbed(Path place) {
        long began = System.nanoTime();
        CommandRun run = in(place);
        assertEquals(0, run.exitCode(), run.err());
        return (System.nanoTime() - began) / 1e9;
    }

    /** Steps that have a checkpoint. */
    public static Set<Integer> checkpoints(Path place) throws IOException {
        return files(place).stream()
                .map(CHECKPOINT::matcher)
                .filter(Matcher::matches)
                .map(found -> Integer.parseInt(found.group(2)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Two runs must have left the same files, and, but for what the machine decides, the same bytes. Which checkpoints there are beside the
     * last one may differ, since a run that is told to end is saved where it is; those of the same step must be the same. What
     * {@code thinkj report} makes of the others is not compared.
     */
    public static void requireSame(Path undisturbed, Path other) throws IOException {
        Set<String> expected = files(undisturbed);
        Set<String> actual = files(other);
        assertEquals(withoutCheckpoints(expected), withoutCheckpoints(actual));
        Set<Integer> both = checkpoints(undisturbed);
        both.retainAll(checkpoints(other));
        assertEquals(checkpointsOf(expected, both), checkpointsOf(actual, both));
        assertTrue(expected.contains("run/metrics.jsonl") && expected.stream().anyMatch(name -> name.startsWith("run/final/")));
        for (String name : expected) {
            Matcher checkpoint = CHECKPOINT.matcher(name);
            if (!MACHINE.matcher(name).matches() && (!checkpoint.matches() || both.contains(Integer.parseInt(checkpoint.group(2))))) {
                requireSameBytes(undisturbed.resolve(name), other.resolve(name));
            }
        }
    }

    private static Set<String> withoutCheckpoints(Set<String> names) {
        return names.stream()
                .filter(name -> !CHECKPOINT.matcher(name).matches() && !REPORTED.matcher(name).matches())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> checkpointsOf(Set<String> names, Set<Integer> steps) {
        return names.stream()
                .filter(name -> {
                    Matcher found = CHECKPOINT.matcher(name);
                    return found.matches() && steps.contains(Integer.parseInt(found.group(2)));
                })
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void requireSameBytes(Path expected, Path actual) throws IOException {
        if (Files.mismatch(expected, actual) >= 0) {
            assertArrayEquals(Files.readAllBytes(expected), Files.readAllBytes(actual), actual.toString());
        }
    }

    private static Set<String> files(Path place) throws IOException {
        try (Stream<Path> all = Files.walk(place)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> place.relativize(file).toString().replace('\\', '/'))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
