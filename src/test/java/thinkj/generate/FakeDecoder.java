package thinkj.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Logits from a function of the whole sequence; it watches that slots are used as a cache allows. */
final class FakeDecoder implements Decoder {

    /** What a model would say after these ids. */
    interface Model {
        float[] logits(List<Integer> ids);
    }

    /** What was asked of the decoders of one test. */
    static final class Log {
        final List<int[]> opened = new ArrayList<>();
        final List<Integer> tokensOfSteps = new ArrayList<>();
        int mostRows;
        int closed;
        int logitsOpen;
    }

    private final Model model;
    private final int slots;
    private final int capacity;
    private final Log log;
    private final Map<Integer, List<Integer>> held = new HashMap<>();

    private FakeDecoder(Model model, int slots, int capacity, Log log) {
        this.model = model;
        this.slots = slots;
        this.capacity = capacity;
        this.log = log;
    }

    static Decoder.Factory factory(Model model, Log log) {
        return (slots, capacity) -> {
            log.opened.add(new int[] {slots, capacity});
            return new FakeDecoder(model, slots, capacity, log);
        };
    }

    @Override
    public Logits step(int[] slots, int[][] newIds) {
        Set<Integer> once = new HashSet<>();
        float[][] logits = new float[slots.length][];
        for (int i = 0; i < slots.length; i++) {
            List<Integer> ids = held.computeIfAbsent(slots[i], slot -> new ArrayList<>());
            Arrays.stream(newIds[i]).forEach(ids::add);
            if (!once.add(slots[i]) || slots[i] >= this.slots || newIds[i].length == 0 || ids.size() > capacity) {
                throw new IllegalStateException("slot " + slots[i] + " misused: " + ids);
            }
            logits[i] = model.logits(ids);
        }
        log.mostRows = Math.max(log.mostRows, slots.length);
        log.tokensOfSteps.add(Arrays.stream(newIds).mapToInt(piece -> piece.length).sum());
        log.logitsOpen++;
        return new Logits() {
            @Override
            public void copyRow(int row, float[] into) {
                System.arraycopy(logits[row], 0, into, 0, into.length);
            }

            @Override
            public void close() {
                log.logitsOpen--;
            }
        };
    }

    @Override
    public void release(int slot) {
        held.remove(slot);
    }

    @Override
    public void close() {
        log.closed++;
    }
}
