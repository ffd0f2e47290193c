package thinkj.config;

/** How the loss of many tokens becomes one number. */
public enum Aggregation {
    /** Mean over the tokens of the whole mini-batch: the cut into micro-batches changes nothing. */
    TOKEN_MEAN,
    /** Mean over the tokens of each answer, then over the answers of the mini-batch: long answers weigh no more than short ones. */
    SEQ_MEAN,
    /** Mean over the tokens of each micro-batch, then over the micro-batches: what verl 0.2 does; the cut is part of the result. */
    MICRO_MEAN
}
