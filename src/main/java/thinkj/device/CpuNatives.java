package thinkj.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import thinkj.io.UserError;

/**
 * Which of ND4J's native libraries this CPU can run. Left alone, JavaCPP takes the fastest one on the class path, whatever the CPU: the
 * process then dies of an illegal instruction.
 */
public final class CpuNatives {

    /** The libraries that ND4J is built as, slowest first. */
    public enum Level {
        GENERIC("", List.of()),
        AVX2("-avx2", List.of("avx2", "fma", "f16c")),
        AVX512("-avx512", List.of("avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"));

        private final String extension;
        private final List<String> flags;

        Level(String extension, List<String> flags) {
            this.extension = extension;
            this.flags = flags;
        }

        /** As it is written in the environment and shown. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Chooses another library than the CPU's flags suggest. */
    public static final String ENVIRONMENT = "THINKJ_CPU";

    private static final Set<String> NOTABLE =
            Set.of("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd", "bf16");
    private static final String PROPERTY = "org.bytedeco.javacpp.platform.extension";

    private CpuNatives() {}

    /** Tells JavaCPP what to load, unless the system property says it already. To be called before ND4J's first use. */
    public static void install() {
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, choose(System.getenv(ENVIRONMENT), cpuFlags()).extension);
        }
    }

    /** What {@link #install} chose, or what the system property says. */
    public static Level installed() {
        String extension = System.getProperty(PROPERTY, Level.GENERIC.extension);
        return Arrays.stream(Level.values()).filter(l -> l.extension.equals(extension)).findFirst().orElse(Level.GENERIC);
    }

    /** @param wanted the environment's choice, null or empty for none */
    static Level choose(String wanted, Collection<String> flags) {
        if (wanted != null && !wanted.isEmpty()) {
            return Arrays.stream(Level.values()).filter(l -> l.label().equals(wanted)).findFirst().orElseThrow(() ->
                    new UserError(ENVIRONMENT + ": " + wanted + ", must be one of generic, avx2, avx512"));
        }
        Level best = Level.GENERIC;
        for (Level level : Level.values()) {
            if (flags.containsAll(level.flags)) {
                best = level;
            }
        }
        return best;
    }

    /** Those of the CPU's flags that products run on, sorted. */
    public static SortedSet<String> notableFlags() {
        SortedSet<String> flags = new TreeSet<>(cpuFlags());
        flags.retainAll(NOTABLE);
        return flags;
    }

    /** Instruction sets beyond the ordinary, in lower case; empty where the system does not tell. */
    public static Set<String> cpuFlags() {
        Path linux = Path.of("/proc/cpuinfo");
        try {
            if (Files.isReadable(linux)) {
                return linuxFlags(Files.readString(linux));
            }
        } catch (IOException e) {
            return Set.of();
        }
        boolean mac = System.getProperty("os.name").startsWith("Mac");
        return mac ? macFlags(Programs.output("sysctl", "-n", "machdep.cpu.features", "machdep.cpu.leaf7_features").orElse("")) : Set.of();
    }

    static Set<String> linuxFlags(String cpuinfo) {
        Set<String> flags = new TreeSet<>();
        cpuinfo.lines()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .limit(1)
                .forEach(line -> flags.addAll(words(line.substring(line.indexOf(':') + 1))));
        return flags;
    }

    static Set<String> macFlags(String sysctl) {
        return new TreeSet<>(words(sysctl));
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).trim().split("\\s+")).filter(word -> !word.isEmpty()).toList();
    }
}
