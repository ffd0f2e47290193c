package thinkj.config;

/** Which value of a metric is the better one. */
public enum BestMode {
    MIN {
        @Override
        public boolean better(double value, double than) {
            return value < than;
        }
    },
    MAX {
        @Override
        public boolean better(double value, double than) {
            return value > than;
        }
    };

    /** Whether a value beats another; equal ones do not. */
    public abstract boolean better(double value, double than);
}
