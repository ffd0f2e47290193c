package thinkj.config;

/** How the learning rate goes on after the warm-up. */
public enum ScheduleKind {
    COSINE,
    LINEAR,
    CONSTANT
}
