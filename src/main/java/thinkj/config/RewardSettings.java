package thinkj.config;

/**
 * What pays for an answer.
 *
 * @param name a built-in reward, a registered service, or a class on the class path
 * @param timeoutSeconds longest time for one answer
 * @param workers answers scored at a time
 * @param failureScore what an answer gets when its reward throws, takes too long or gives no finite number
 */
public record RewardSettings(String name, double timeoutSeconds, int workers, double failureScore) {

    public RewardSettings {
        new Rules()
                .that(name != null && !name.isBlank(), "name", name, "must name a reward")
                .that(timeoutSeconds > 0 && Double.isFinite(timeoutSeconds), "timeout_seconds", timeoutSeconds, "must be greater than 0")
                .that(workers >= 1, "workers", workers, "must be at least 1")
                .that(Double.isFinite(failureScore), "failure_score", failureScore, "must be finite")
                .check();
    }
}
