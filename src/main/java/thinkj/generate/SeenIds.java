package thinkj.generate;

import java.util.Arrays;
import java.util.BitSet;

/** The different ids of one sequence so far, prompt included: what the repetition penalty looks at. */
final class SeenIds {
    private final BitSet known;
    private int[] ids = new int[64];
    private int size;

    SeenIds(int vocabulary) {
        known = new BitSet(vocabulary);
    }

    void add(int id) {
        if (known.get(id)) {
            return;
        }
        known.set(id);
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = id;
    }

    void addAll(int[] more) {
        for (int id : more) {
            add(id);
        }
    }

    int size() {
        return size;
    }

    int get(int i) {
        return ids[i];
    }
}
