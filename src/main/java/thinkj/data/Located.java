package thinkj.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Examples and where each of them stands, by which messages call it.
 *
 * @param examples in the order in which they were read
 * @param places of each, {@code file:line}, in Parquet {@code file: row n}
 */
public record Located<E>(List<E> examples, List<String> places) {

    public Located {
        if (examples.size() != places.size()) {
            throw new IllegalArgumentException(places.size() + " places for " + examples.size() + " examples");
        }
    }

    /** None at all. */
    public static <E> Located<E> none() {
        return new Located<>(List.of(), List.of());
    }

    /** What has become of these examples in tokens. */
    public <T> Located<T> as(Encoded<T> encoded) {
        return new Located<>(encoded.rows(), Arrays.stream(encoded.origins()).mapToObj(places::get).toList());
    }

    /** Those that pass. */
    public Located<E> where(Predicate<E> test) {
        int[] passing = IntStream.range(0, examples.size()).filter(i -> test.test(examples.get(i))).toArray();
        List<E> kept = new ArrayList<>();
        List<String> keptPlaces = new ArrayList<>();
        for (int i : passing) {
            kept.add(examples.get(i));
            keptPlaces.add(places.get(i));
        }
        return new Located<>(List.copyOf(kept), List.copyOf(keptPlaces));
    }

    public int size() {
        return examples.size();
    }

    /** Places of some of them, by their indices. */
    public List<String> placesOf(int[] which) {
        return Arrays.stream(which).mapToObj(places::get).toList();
    }
}
