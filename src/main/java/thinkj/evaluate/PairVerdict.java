package thinkj.evaluate;

/**
 * A judge's verdicts on one pair, asked in both orders; 0 stands for an answer without a verdict.
 *
 * @param forward 0, 1 or 2 with the better answer shown first: 1 is right
 * @param reversed 0, 1 or 2 with the better answer shown second: 2 is right
 */
public record PairVerdict(int forward, int reversed) {

    public PairVerdict {
        check("forward", forward);
        check("reversed", reversed);
    }

    boolean forwardRight() {
        return forward == 1;
    }

    boolean reversedRight() {
        return reversed == 2;
    }

    /** Whether the two verdicts say the same: both name one answer, or neither names any. */
    boolean agree() {
        return forward + reversed == 3 && forward != 0 && reversed != 0 || forward == 0 && reversed == 0;
    }

    private static void check(String order, int verdict) {
        if (verdict < 0 || verdict > 2) {
            throw new IllegalArgumentException(order + ": " + verdict + ", must be 0 (unparsed), 1 or 2");
        }
    }
}
