package thinkj.kernels.onednn;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** What was made for a key, kept for those keys that were asked for last. One thread's. */
final class Kept<K, V> {
    private final Function<K, V> make;
    private final Map<K, V> known;

    /** @param most of them */
    Kept(int most, Function<K, V> make) {
        this.make = make;
        known = new LinkedHashMap<>(64, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }

    V of(K key) {
        return known.computeIfAbsent(key, make);
    }
}
