package thinkj;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Which package may know which, and what keeps out of the project altogether. */
class ArchitectureTest {
    private static final Path SOURCES = Path.of("src/main/java/thinkj");
    private static final Path UI_SOURCES = Path.of("src/ui/java/thinkj");
    private static final int MOST_LINES = 400;

    private static final Set<String> BOTTOM = Set.of("io", "device", "config", "checkpoint", "tokenizer");
    private static final Set<String> MODEL = union(BOTTOM, "model", "runtime", "ops", "kernels");

    /** From the top to the bottom: a package, and the packages it may use. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("cli", union(MODEL, "train", "evaluate", "generate", "judge", "loss", "data", "quickstart", "bench", "report")),
            Map.entry("bench", union(MODEL, "train", "generate", "loss")),
            Map.entry("quickstart", union(MODEL, "train", "evaluate", "generate", "judge", "loss", "data")),
            Map.entry("ui", Set.of("report", "device", "io")),
            Map.entry("report", Set.of("train", "config", "io")),
            Map.entry("train", union(MODEL, "generate", "judge", "loss", "data")),
            Map.entry("evaluate", union(MODEL, "generate", "judge", "data")),
            Map.entry("generate", union(MODEL, "data")),
            Map.entry("data", union(MODEL, "judge")),
            Map.entry("judge", Set.of("io")),
            Map.entry("loss", Set.of()),
            Map.entry("model", union(BOTTOM, "runtime", "ops", "kernels")),
            Map.entry("runtime", Set.of("ops", "kernels", "device", "io")),
            Map.entry("ops", Set.of("kernels")),
            Map.entry("kernels", Set.of("device", "io")),
            Map.entry("tokenizer", Set.of("io")),
            Map.entry("checkpoint", Set.of("io", "tokenizer")),
            Map.entry("config", Set.of("io")),
            Map.entry("device", Set.of("io")),
            Map.entry("io", Set.of()));

    /** Without tests, in whichever build folder they lie. */
    private static final JavaClasses MAIN =
            new ClassFileImporter().withImportOption(location -> !location.contains("/test-classes/")).importPackages("thinkj");

    @Test
    void everyPackageHasItsPlace() throws IOException {
        Set<String> unknown = new TreeSet<>(packages());
        unknown.removeAll(MAY_USE.keySet());
        assertEquals(Set.of(), unknown, "packages without a line in MAY_USE");
    }

    @TestFactory
    List<DynamicTest> arrowsPointDownwards() throws IOException {
        return packages().stream().filter(MAY_USE::containsKey).map(name -> DynamicTest.dynamicTest(name, () -> downwards(name))).toList();
    }

    private static void downwards(String name) {
        Set<String> allowed = union(MAY_USE.get(name), name);
        var refused = DescribedPredicate.describe("in a package that " + name + " may not use", (JavaClass other) ->
                other.getPackageName().startsWith("thinkj.") && !allowed.contains(room(other)));
        noClasses().that().resideInAPackage("thinkj." + name + "..").should().dependOnClassesThat(refused).check(MAIN);
    }

    @Test
    void noCycles() {
        slices().matching("thinkj.(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void theJudgeKnowsNoTensors() {
        noClasses().that().resideInAPackage("thinkj.judge..").should().dependOnClassesThat().resideInAPackage("org.nd4j..").check(MAIN);
    }

    @Test
    void lossesAreNumbersAndVariablesAlone() {
        classes().that().resideInAPackage("thinkj.loss..")
                .should().onlyDependOnClassesThat().resideInAnyPackage("thinkj.loss..", "java..", "org.nd4j..").check(MAIN);
    }

    @Test
    void onlyTheConfigReadsYaml() {
        noClasses().that().resideOutsideOfPackage("thinkj.config..")
                .should().dependOnClassesThat().resideInAnyPackage("org.yaml..", "com.fasterxml.jackson.dataformat..").check(MAIN);
    }

    @Test
    void noKotlinOnTheClassPath() throws IOException {
        Set<String> jars = new HashSet<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (entry.endsWith(".jar") && Files.exists(Path.of(entry))) {
                try (ZipFile jar = new ZipFile(entry)) {
                    if (jar.stream().anyMatch(e -> e.getName().startsWith("kotlin/"))) {
                        jars.add(entry);
                    }
                }
            }
        }
        assertEquals(Set.of(), jars);
    }

    @Test
    void everyPackageHasAGuide() throws IOException {
        for (Path sources : List.of(SOURCES, UI_SOURCES)) {
            for (String name : packages(sources)) {
                assertTrue(Files.exists(sources.resolve(name).resolve("package-info.java")), "package-info.java is missing in " + name);
            }
        }
    }

    @Test
    void filesStaySmall() throws IOException {
        Set<String> large = new TreeSet<>();
        for (Path root : List.of(Path.of("src/main"), Path.of("src/ui"), Path.of("src/test/java"))) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    if (Files.readAllLines(file).size() > MOST_LINES) {
                        large.add(file.toString());
                    }
                }
            }
        }
        assertEquals(Set.of(), large, "files of more than " + MOST_LINES + " lines");
    }

    /** Those that were compiled: the training UI's is where its profile is on. */
    private static Set<String> packages() throws IOException {
        Set<String> names = packages(SOURCES);
        packages(UI_SOURCES).stream().filter(name -> MAIN.containPackage("thinkj." + name)).forEach(names::add);
        return names;
    }

    private static Set<String> packages(Path sources) throws IOException {
        try (Stream<Path> folders = Files.list(sources)) {
            return folders.filter(Files::isDirectory).map(f -> f.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String room(JavaClass type) {
        return type.getPackageName().split("\\.")[1];
    }

    private static Set<String> union(Set<String> names, String... more) {
        Set<String> all = new HashSet<>(names);
        all.addAll(Arrays.asList(more));
        return all;
    }
}
