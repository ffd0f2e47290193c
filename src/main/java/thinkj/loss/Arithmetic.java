package thinkj.loss;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/** Functions with a kink, written so that value and gradient are right on both sides of it and far away from it. */
final class Arithmetic {

    private Arithmetic() {}

    /** {@code log(1 + eˣ)}: never overflows, and its slope at 0, where an untrained policy stands, is one half. */
    static SDVariable softplus(SameDiff sd, SDVariable x) {
        SDVariable size = sd.math().abs(x);
        return x.add(size).mul(0.5).add(sd.math().log1p(sd.math().exp(size.neg())));
    }

    /** The smaller of x and a bound; for |x| up to twice the bound without rounding, and right for any larger x. */
    static SDVariable atMost(SameDiff sd, SDVariable x, double bound) {
        return sd.nn().relu(x.rsub(bound), 0).rsub(bound);
    }

    /** The larger of x and a bound. */
    static SDVariable atLeast(SameDiff sd, SDVariable x, double bound) {
        return sd.nn().relu(x.sub(bound), 0).add(bound);
    }

    /** As {@link #atMost}, but exact for every x below the bound; above it the rounding grows with x. */
    static SDVariable cutAbove(SameDiff sd, SDVariable x, double bound) {
        return x.sub(sd.nn().relu(x.sub(bound), 0));
    }
}
