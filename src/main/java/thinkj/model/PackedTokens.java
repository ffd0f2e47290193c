package thinkj.model;

import java.util.Arrays;

/**
 * A batch without padding: all sequences one after the other in one row of N tokens, S of them, with borders.
 *
 * <p>Targets are the tokens that are scored: M pairs of a row (the position whose hidden state predicts) and an id (the token
 * predicted). A sequence {@code x[0..L)} that is scored from position {@code p} has the rows {@code start + p - 1 … start + L - 2}
 * and the ids {@code x[p] … x[L-1]}, in order.
 *
 * @param ids token ids, [N]
 * @param positions position of each token in its sequence, [N]
 * @param sequenceStarts where each sequence starts, and N at the end, [S + 1]
 * @param targetRows rows that predict, [M]
 * @param targetIds what they predict, [M]
 */
public record PackedTokens(int[] ids, int[] positions, int[] sequenceStarts, int[] targetRows, int[] targetIds) {

    /** What numbers of tokens are rounded to, at the least. */
    static final int LEAST_STEP = 32;

    private static final int STEPS_OF_AN_OCTAVE = 16;

    public int tokens() {
        return ids.length;
    }

    public int sequences() {
        return sequenceStarts.length - 1;
    }

    public int targets() {
        return targetRows.length;
    }

    /**
     * The same batch with tokens of no meaning behind the last sequence, so that their number is one of a few: what is prepared for a
     * number of tokens then serves many batches. Nothing before them sees them and no target needs them; from 512 tokens on they are at
     * most a sixteenth.
     */
    PackedTokens rounded() {
        int step = Math.max(LEAST_STEP, Integer.highestOneBit(tokens()) / STEPS_OF_AN_OCTAVE);
        int rounded = (tokens() + step - 1) / step * step;
        int[] longerIds = Arrays.copyOf(ids, rounded);
        int[] longerPositions = Arrays.copyOf(positions, rounded);
        for (int t = tokens(); t < rounded; t++) {
            longerPositions[t] = longerPositions[t - 1] + 1;
        }
        int[] borders = sequenceStarts.clone();
        borders[sequences()] = rounded;
        return new PackedTokens(longerIds, longerPositions, borders, targetRows, targetIds);
    }

    /** Collects sequences. */
    public static final class Builder {
        private int[] ids = new int[256];
        private int[] positions = new int[256];
        private int n;
        private int[] starts = new int[16];
        private int s;
        private int[] rows = new int[256];
        private int[] targets = new int[256];
        private int m;

        /** Adds a sequence of which the tokens from {@code firstTarget} (at least 1) on are scored; its length if none is. */
        public Builder add(int[] sequence, int firstTarget) {
            int[] from = new int[sequence.length];
            boolean[] scored = new boolean[sequence.length];
            for (int t = 0; t < sequence.length; t++) {
                from[t] = t;
                scored[t] = t >= firstTarget;
            }
            return add(sequence, from, scored);
        }

        /** Adds a sequence with its own positions; {@code scored[t]} says whether token t (t ≥ 1) is a target. */
        public Builder add(int[] sequence, int[] position, boolean[] scored) {
            if (sequence.length == 0) {
                throw new IllegalArgumentException("a sequence must have at least one token");
            }
            starts = room(starts, s + 2);
            ids = room(ids, n + sequence.length);
            positions = room(positions, n + sequence.length);
            rows = room(rows, m + sequence.length);
            targets = room(targets, m + sequence.length);
            for (int t = 0; t < sequence.length; t++) {
                ids[n + t] = sequence[t];
                positions[n + t] = position[t];
                if (t > 0 && scored[t]) {
                    rows[m] = n + t - 1;
                    targets[m++] = sequence[t];
                }
            }
            n += sequence.length;
            starts[++s] = n;
            return this;
        }

        public PackedTokens build() {
            return new PackedTokens(
                    Arrays.copyOf(ids, n), Arrays.copyOf(positions, n), Arrays.copyOf(starts, s + 1), Arrays.copyOf(rows, m), Arrays.copyOf(targets, m));
        }

        private static int[] room(int[] array, int length) {
            return array.length >= length ? array : Arrays.copyOf(array, Math.max(length, 2 * array.length));
        }
    }
}
