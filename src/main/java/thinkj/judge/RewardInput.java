package thinkj.judge;

import java.util.Map;

/**
 * What a reward is asked about.
 *
 * @param dataSource where the row comes from
 * @param prompt the text that the judge was asked with
 * @param completion the judge's answer as decoded, thinking included, and with its end token where it was generated
 * @param groundTruth as the data states it: signed strength −3…3 (negative: response 1), or the better response 1 or 2
 * @param extra further fields of the row
 */
public record RewardInput(String dataSource, String prompt, String completion, String groundTruth, Map<String, Object> extra) {}
