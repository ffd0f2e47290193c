package thinkj.generate;

/** Finds the border of the largest values without sorting: linear time on average, also where many values are equal. */
final class Selection {
    /** As many are worth two passes before the selection. */
    private static final int MANY = 4096;

    /** Exponent and five bits of the fraction. */
    private static final int BIN_SHIFT = 18;

    private static final int BINS = 1 << (Integer.SIZE - 1 - BIN_SHIFT);

    private Selection() {}

    /** The smallest value that is kept, and how many of the values equal to it are. */
    record Border(float value, int ties) {}

    /**
     * The k-th largest of the first n values. All its ties count as kept.
     *
     * @param values reordered
     */
    static float kthLargest(float[] values, int n, int k) {
        return border(values, n, k, false).value();
    }

    /**
     * Goes through the values from the largest on and keeps each one while the sum of those before it is below {@code mass}; at least
     * the largest is kept.
     *
     * @param values not negative; reordered
     */
    static Border heaviest(float[] values, int n, double mass) {
        return n > MANY ? ofBins(values, n, mass) : border(values, n, Math.max(mass, Double.MIN_VALUE), true);
    }

    /** Values that share their leading bits are summed first, and only those with the border's are looked at one by one. */
    private static Border ofBins(float[] values, int n, double mass) {
        double[] bins = new double[BINS];
        for (int i = 0; i < n; i++) {
            bins[bin(values[i])] += values[i];
        }
        int border = BINS - 1;
        double above = 0;
        double withIt = 0;
        for (int bin = BINS - 1; bin >= 0 && (withIt == 0 || withIt < mass); bin--) {
            if (bins[bin] > 0) {
                border = bin;
                above = withIt;
                withIt += bins[bin];
            }
        }
        int count = 0;
        for (int i = 0; i < n; i++) {
            if (bin(values[i]) == border) {
                values[count++] = values[i];
            }
        }
        return border(values, count, Math.max(mass - above, Double.MIN_VALUE), true);
    }

    /** For values that are not negative: larger ones have larger or equal numbers. */
    private static int bin(float value) {
        return Float.floatToRawIntBits(value) >>> BIN_SHIFT;
    }

    /** Quickselect in descending order with a three-way partition; each value weighs itself, or one. */
    private static Border border(float[] values, int n, double budget, boolean weighted) {
        int from = 0;
        int to = n;
        double above = 0;
        while (true) {
            float pivot = medianOfThree(values[from], values[(from + to) >>> 1], values[to - 1]);
            int larger = from;
            int scan = from;
            int smaller = to;
            double weightLarger = 0;
            while (scan < smaller) {
                float value = values[scan];
                if (value > pivot) {
                    weightLarger += weighted ? value : 1;
                    values[scan++] = values[larger];
                    values[larger++] = value;
                } else if (value < pivot) {
                    values[scan] = values[--smaller];
                    values[smaller] = value;
                } else {
                    scan++;
                }
            }
            double weightPivot = weighted ? pivot : 1;
            double withPivot = above + weightLarger + weightPivot * (smaller - larger);
            if (larger > from && above + weightLarger >= budget) {
                to = larger;
            } else if (withPivot >= budget || smaller == to) {
                int ties = weightPivot > 0 ? (int) Math.ceil((budget - above - weightLarger) / weightPivot) : smaller - larger;
                return new Border(pivot, Math.max(1, Math.min(ties, smaller - larger)));
            } else {
                above = withPivot;
                from = smaller;
            }
        }
    }

    private static float medianOfThree(float a, float b, float c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
