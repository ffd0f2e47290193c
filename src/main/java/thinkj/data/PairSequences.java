package thinkj.data;

/** A preference pair in tokens; both sequences start with the same prompt. */
public record PairSequences(TrainingSequence chosen, TrainingSequence rejected) {}
