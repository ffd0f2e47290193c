package thinkj.data;

/**
 * How LLaMA-Factory shares a length limit between prompt and answer (its {@code infer_seqlen}); both keep their heads.
 *
 * @param source tokens that the prompt keeps
 * @param target tokens that the answer keeps
 */
record OriginalCut(int source, int target) {

    /** With source s, target t and limit c: 2t &lt; c: s gets c − t; else 2s &lt; c: t gets c − s; else t gets ⌊c·t/(s+t)⌋, s the rest. */
    static OriginalCut of(int source, int target, int limit) {
        int room;
        if (2L * target < limit) {
            room = limit;
        } else if (2L * source < limit) {
            room = limit - source;
        } else {
            // The original divides as doubles and rounds down.
            room = (int) (limit * ((double) target / (source + target)));
        }
        int kept = Math.min(room, target);
        return new OriginalCut(Math.min(Math.max(limit - kept, 0), source), kept);
    }
}
