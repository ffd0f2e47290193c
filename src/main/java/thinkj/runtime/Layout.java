package thinkj.runtime;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Where each computed value lies in the arena, but for outputs and gradients, which belong elsewhere: values share a place where one is no longer needed when the other is computed.
 *
 * <p>The largest are placed first, each as low as those that live at the same time allow, which for lives that nest like a forward and
 * a backward pass leaves hardly a gap.
 */
final class Layout {
    /** Places start at multiples of this, in bytes: a cache line, and the widest vector. */
    static final int ALIGNMENT = 64;

    private final Map<Value, Place> places = new HashMap<>();
    private final Map<DataType, Long> bytes = new EnumMap<>(DataType.class);

    /** One array's memory: how long it is needed, from the node that first writes it to the last one that reads it. */
    private static final class Place {
        final DataType type;
        final long bytes;
        final int from;
        int to;
        long offset;

        Place(DataType type, long bytes, int from) {
            this.type = type;
            this.bytes = bytes;
            this.from = from;
            to = from;
        }

        boolean meets(Place other) {
            return from <= other.to && other.from <= to;
        }
    }

    Layout(Program program, Shapes shapes) {
        Set<Value> elsewhere = new HashSet<>(program.direct().values());
        program.outputs().values().forEach(value -> elsewhere.add(value.memory()));
        List<Node> nodes = program.nodes();
        Set<Value> read = program.read();
        for (int at = 0; at < nodes.size(); at++) {
            Node node = nodes.get(at);
            if (!shapes.isAnswered(node)) {
                for (int i = 0; i < node.outputs().size(); i++) {
                    if (!node.skips(i, read)) {
                        extend(node.outputs().get(i), at, elsewhere, shapes);
                    }
                }
                for (Value input : node.inputs()) {
                    extend(input, at, elsewhere, shapes);
                }
            }
        }
        program.copied().values().forEach(value -> extend(value, nodes.size(), elsewhere, shapes));
        arrange();
    }

    private void extend(Value value, int at, Set<Value> elsewhere, Shapes shapes) {
        Value memory = value.memory();
        if (memory.isComputed() && shapes.answer(memory) == null && !elsewhere.contains(memory)) {
            Place place = places.computeIfAbsent(memory, m -> new Place(m.type(), size(m.type(), shapes.of(m)), at));
            place.to = Math.max(place.to, at);
        }
    }

    private static long size(DataType type, long[] shape) {
        long elements = 1;
        for (long size : shape) {
            elements *= size;
        }
        return (elements * type.width() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private void arrange() {
        Map<DataType, List<Place>> arranged = new EnumMap<>(DataType.class);
        List<Place> order = new ArrayList<>(places.values());
        order.sort(Comparator.comparingLong((Place place) -> -place.bytes).thenComparingInt(place -> place.from));
        for (Place place : order) {
            List<Place> others = arranged.computeIfAbsent(place.type, t -> new ArrayList<>());
            place.offset = lowest(place, others);
            int at = 0;
            while (at < others.size() && others.get(at).offset <= place.offset) {
                at++;
            }
            others.add(at, place);
            bytes.merge(place.type, place.offset + place.bytes, Math::max);
        }
    }

    /** @param others sorted by offset */
    private static long lowest(Place place, List<Place> others) {
        long offset = 0;
        for (Place other : others) {
            if (other.offset >= offset + place.bytes) {
                break;
            }
            if (other.offset + other.bytes > offset && other.meets(place)) {
                offset = other.offset + other.bytes;
            }
        }
        return offset;
    }

    /** Whether a value lies in the arena. */
    boolean holds(Value value) {
        return places.containsKey(value.memory());
    }

    /** Bytes from the start of the arena's memory for the value's type. */
    long offset(Value value) {
        return places.get(value.memory()).offset;
    }

    /** How much memory of each type is needed. */
    Map<DataType, Long> bytes() {
        return bytes;
    }
}
