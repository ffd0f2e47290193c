package thinkj;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher {@code thinkj} with a Java and a Maven of ours that say what they were asked, in a folder whose name has a blank. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a POSIX shell script")
class LauncherTest {
    private static final List<String> TOOLS =
            List.of("sed", "head", "find", "cut", "cat", "dirname", "readlink", "uname", "mkdir", "rm", "sleep", "sysctl", "touch");

    private record Outcome(int code, String out, String err) {}

    @TempDir
    Path temporary;

    private Path home;
    private Path tools;
    private Path work;

    @BeforeEach
    void layOut() throws IOException {
        home = Files.createDirectories(temporary.resolve("a project/src/main")).getParent().getParent();
        tools = Files.createDirectory(temporary.resolve("tools"));
        work = Files.createDirectory(temporary.resolve("elsewhere"));
        Files.copy(Path.of("thinkj"), home.resolve("thinkj")).toFile().setExecutable(true);
        Files.writeString(home.resolve("pom.xml"), "");
        for (String tool : TOOLS) {
            Path real = List.of(Path.of("/usr/bin", tool), Path.of("/bin", tool), Path.of("/usr/sbin", tool), Path.of("/sbin", tool)).stream()
                    .filter(Files::exists).findFirst().orElse(null);
            if (real != null) {
                script(tool, "exec " + real + " \"$@\"\n");
            }
        }
    }

    @Test
    void withoutJava() throws Exception {
        assertEquals(new Outcome(2, "", "thinkj: a JDK 17 or newer is needed; install one and put it into the PATH or set JAVA_HOME\n"),
                run(Map.of(), "doctor"));
    }

    @Test
    void anOldJava() throws Exception {
        java("11");
        assertEquals("thinkj: a JDK 17 or newer is needed, " + tools.resolve("java")
                + " is Java 11; install one and put it into the PATH or set JAVA_HOME\n", run(Map.of()).err());
    }

    @Test
    void aJavaWithoutCompiler() throws Exception {
        java("17");
        Files.delete(tools.resolve("bin/javac"));
        assertEquals("thinkj: a JDK 17 or newer is needed, " + tools.resolve("java")
                + " has no compiler; install one and put it into the PATH or set JAVA_HOME\n", run(Map.of()).err());
    }

    @Test
    void withoutMaven() throws Exception {
        java("17");
        assertEquals(new Outcome(2, "", "thinkj: Maven 3.8 or newer is needed to build Think-J; install it and put mvn into the PATH\n"),
                run(Map.of()));
    }

    @Test
    void anOldMaven() throws Exception {
        java("17");
        maven("3.6.3");
        assertEquals(new Outcome(2, "", "thinkj: Maven 3.8 or newer is needed to build Think-J, " + tools.resolve("mvn")
                + " is 3.6; install a newer one\n"), run(Map.of()));
    }

    @Test
    void buildsWhenNeededAndPassesArgumentsAndExitCodeOn() throws Exception {
        java("17");
        maven("3.9.9");
        Path link = Files.createSymbolicLink(work.resolve("link"), home.resolve("thinkj"));
        Outcome first = run(link, Map.of(), "judge", "a b", "", "*");
        assertEquals(7, first.code());
        assertTrue(first.out().endsWith("[thinkj.cli.Main]\n[judge]\n[a b]\n[]\n[*]\n"), first.out());
        assertTrue(first.out().contains("[" + home.toRealPath() + "/target/thinkj.jar:" + tools.resolve("lib.jar") + "]\n"), first.out());
        assertEquals("thinkj: building; the first time this fetches some hundred megabytes of libraries\n", first.err());

        assertEquals("", run(Map.of()).err());

        Path source = Files.writeString(home.resolve("src/main/New.java"), "");
        Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 10_000));
        assertTrue(run(Map.of()).err().startsWith("thinkj: building"));
    }

    /** What the training UI takes lies in a folder of its own, which changes nothing for those who do not ask for it. */
    @Test
    void theTrainingUiIsBuiltWhereItIsAskedFor() throws Exception {
        java("17");
        maven("3.9.9");
        Files.createDirectories(home.resolve("src/ui"));
        Path target = home.toRealPath().resolve("target");
        Outcome first = run(Map.of(), "sft", "--config", "a.yaml", "--ui");
        assertTrue(first.err().startsWith("thinkj: building"), first.err());
        assertTrue(first.out().contains("[" + target + "/ui/thinkj.jar:" + tools.resolve("lib.jar") + "]\n"), first.out());
        assertEquals("-q -B -Pui -Dmaven.test.skip=true package\n", Files.readString(home.resolve("asked")));
        assertTrue(Files.notExists(target.resolve("thinkj.jar")));
        assertEquals("", run(Map.of(), "grpo", "--ui", "--ui-port", "0").err());

        assertTrue(run(Map.of(), "sft", "--ui-port", "1").err().startsWith("thinkj: building"), "another option, which builds without");
        assertEquals("-q -B -Dmaven.test.skip=true package\n", Files.readString(home.resolve("asked")));
        assertTrue(run(Map.of("THINKJ_BACKEND", "cuda"), "sft", "--ui").err().startsWith("thinkj: building"), "for the other backend");
        assertEquals("-q -B -Pcuda,ui -Dmaven.test.skip=true package\n", Files.readString(home.resolve("asked")));

        Path source = Files.writeString(home.resolve("src/ui/New.java"), "");
        Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 10_000));
        assertEquals("", run(Map.of(), "sft").err());
        assertTrue(run(Map.of(), "sft", "--ui").err().startsWith("thinkj: building"));
    }

    @Test
    void aFailedBuildShowsWhatMavenSaid() throws Exception {
        java("17");
        script("mvn", "[ \"$1\" = -v ] && { echo 'Apache Maven 3.9.9'; exit; }\necho 'cannot find symbol'\nexit 1\n");
        Outcome outcome = run(Map.of());
        assertEquals(1, outcome.code());
        assertTrue(outcome.err().endsWith("cannot find symbol\nthinkj: the build failed, see above\n"), outcome.err());
    }

    @Test
    void memoryIsSetByTheEnvironment() throws Exception {
        java("17");
        maven("3.8.1");
        String out = run(Map.of("THINKJ_HEAP", "100m", "THINKJ_OFFHEAP", "200M")).out();
        assertTrue(out.contains("[-Xmx100m]\n"), out);
        assertTrue(out.contains("[-Dorg.bytedeco.javacpp.maxbytes=200m]\n"), out);
        assertEquals("thinkj: THINKJ_HEAP: lots, must be a size such as 900m or 4g\n", run(Map.of("THINKJ_HEAP", "lots")).err());
        assertEquals("thinkj: THINKJ_OFFHEAP: 0g, must be a size such as 900m or 4g\n", run(Map.of("THINKJ_OFFHEAP", "0g")).err());
        Outcome tooMuch = run(Map.of("THINKJ_HEAP", "900000g"));
        assertEquals(2, tooMuch.code());
        assertTrue(tooMuch.err().startsWith("thinkj: THINKJ_HEAP and THINKJ_OFFHEAP: 921600000m + "), tooMuch.err());
    }

    @Test
    void flagsOfNewerJavasAreLeftToThem() throws Exception {
        maven("3.8.1");
        java("17");
        assertTrue(!run(Map.of()).out().contains("native-access"));
        java("25");
        assertTrue(run(Map.of()).out().contains("[--enable-native-access=ALL-UNNAMED]\n[--sun-misc-unsafe-memory-access=allow]\n"));
    }

    @Test
    void classesOfTheUsersOwnComeLast() throws Exception {
        java("17");
        maven("3.9.9");
        String out = run(Map.of("THINKJ_CLASSPATH", "my rewards.jar:classes")).out();
        assertTrue(out.contains(tools.resolve("lib.jar") + ":my rewards.jar:classes]\n"), out);
    }

    @Test
    void anUnknownBackend() throws Exception {
        assertEquals("thinkj: THINKJ_BACKEND: tpu, must be cpu or cuda\n", run(Map.of("THINKJ_BACKEND", "tpu")).err());
    }

    private void java(String version) throws IOException {
        Files.createDirectories(tools.resolve("bin"));
        script("bin/javac", "");
        script("java", """
                if [ "$1" = -XshowSettings:properties ]; then
                    echo '    java.home = %s' >&2
                    echo '    java.specification.version = %s' >&2
                    exit 0
                fi
                for argument in "$@"; do echo "[$argument]"; done
                exit 7
                """.formatted(tools, version));
    }

    private void maven(String version) throws IOException {
        Files.writeString(tools.resolve("lib.jar"), "");
        script("mvn", """
                [ "$1" = -v ] && { echo 'Apache Maven %s (abc)'; exit; }
                echo "$@" > asked
                target=target backend=
                case $* in *ui*) target=target/ui ;; esac
                case $* in *cuda*) backend=-cuda ;; esac
                printf %%s '%s' > $target/classpath$backend
                touch $target/thinkj.jar
                """.formatted(version, tools.resolve("lib.jar")));
    }

    private void script(String name, String body) throws IOException {
        Files.writeString(tools.resolve(name), "#!/bin/sh\n" + body).toFile().setExecutable(true);
    }

    private Outcome run(Map<String, String> environment, String... arguments) throws Exception {
        return run(home.resolve("thinkj"), environment, arguments);
    }

    private Outcome run(Path launcher, Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(arguments));
        Path out = temporary.resolve("out");
        Path err = temporary.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", tools.toString());
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        return new Outcome(code, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
    }
}
