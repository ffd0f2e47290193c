package thinkj.data;

/**
 * What a judge or a critic said about a row.
 *
 * @param judgement the response it named, 1 or 2; 0 when no verdict was found
 * @param strength the signed strength it stated, −3…3; 0 when it stated none
 * @param cot the whole text of the judgement
 */
public record Judged(JudgeExample example, int judgement, int strength, String cot) {

    public Judged {
        Fields.present("cot", cot);
        if (judgement < 0 || judgement > 2) {
            throw new IllegalArgumentException("judgement: " + judgement + ", must be 0 (unparsed), 1 or 2");
        }
    }

    /** Whether the better response was named. */
    public boolean right() {
        return judgement == example.better();
    }
}
