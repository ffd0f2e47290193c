package thinkj.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FingerprintTest {
    @TempDir
    Path folder;

    @BeforeEach
    void checkpoint() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.writeString(folder.resolve("model.safetensors"), "weights");
    }

    private String of(int... ids) {
        return new Fingerprint().checkpoint(folder).add(ids).hex();
    }

    @Test
    void itFollowsWeightsAndSettingsAndNothingElseOfTheFolder() throws IOException {
        String first = of(1, 2);
        assertEquals(64, first.length());
        Files.writeString(folder.resolve("README.md"), "does not count");
        assertEquals(first, of(1, 2));
        Files.writeString(folder.resolve("model.safetensors"), "Weights");
        String second = of(1, 2);
        assertNotEquals(first, second);
        Files.writeString(folder.resolve("config.json"), "{ }");
        assertNotEquals(second, of(1, 2));
    }

    @Test
    void itFollowsNumbersAndWhereTheyEndAndFlags() {
        assertNotEquals(of(1, 2), of(1, 3));
        String once = new Fingerprint().add(new int[] {1, 2}).add(new int[] {3}).hex();
        assertNotEquals(once, new Fingerprint().add(new int[] {1}).add(new int[] {2, 3}).hex());
        boolean[] flags = {true, false};
        boolean[] others = {false, true};
        assertNotEquals(new Fingerprint().add(flags).hex(), new Fingerprint().add(others).hex());
        assertNotEquals(new Fingerprint().add("ab").add("c").hex(), new Fingerprint().add("a").add("bc").hex());
    }
}
