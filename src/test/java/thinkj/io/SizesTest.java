package thinkj.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {

    @Test
    void smallOnesAreShownInMebibytes() {
        assertEquals("0.0 MiB", Sizes.shown(0));
        assertEquals("0.5 MiB", Sizes.shown(1 << 19));
        assertEquals("1023.0 MiB", Sizes.shown(1023L << 20));
        assertEquals("1.0 GiB", Sizes.shown(1L << 30));
        assertEquals("1536.5 GiB", Sizes.shown((3L << 39) + (1L << 29)));
    }

    @Test
    void decimalOnesAreInTheUnitsThatAreRead() {
        assertEquals("0.0 KB", Sizes.decimal(0));
        assertEquals("1.0 KB", Sizes.decimal(Sizes.parse("1KB")));
        assertEquals("98.3 KB", Sizes.decimal(98_304));
        assertEquals("1.0 MB", Sizes.decimal(1_000_000));
        assertEquals("5.0 GB", Sizes.decimal(Sizes.parse("5GB")));
    }

    @Test
    void unitsArePowersOfTen() {
        assertEquals(1_000, Sizes.parse("1KB"));
        assertEquals(500_000_000, Sizes.parse(" 500 mb "));
        assertEquals(5_000_000_000L, Sizes.parse("5GB"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "GB", "-1GB", "0GB", "1.5GB", "5XB", "9999999999GB"})
    void anythingElseIsNoSize(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text)).getMessage();
        assertEquals("'" + text + "' is no size, must be a whole number from 1 to 999999999 with KB, MB or GB", message);
    }
}
