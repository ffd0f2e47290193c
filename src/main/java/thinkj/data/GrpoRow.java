package thinkj.data;

import java.util.List;
import thinkj.tokenizer.Message;

/**
 * A prompt to sample answers for and what its reward is computed from: a row of verl's Parquet files.
 *
 * @param dataSource name of the set, by which validation scores are grouped
 * @param ability what the row asks for, {@code judge} for ours
 * @param style how the reward is found, {@code rule} for ours
 * @param groundTruth the right answer as the reward reads it: for {@code strength} a signed number, for {@code cot} 1 or 2
 * @param split {@code train}, {@code validation} or {@code test}
 * @param index position in the split
 */
public record GrpoRow(
        String dataSource, List<Message> prompt, String ability, String style, String groundTruth, String split, long index) {

    public GrpoRow {
        Fields.present("data_source", dataSource);
        if (prompt == null || prompt.isEmpty()) {
            throw new IllegalArgumentException("prompt: empty, must hold at least one message");
        }
        prompt = List.copyOf(prompt);
        Fields.notBlank("reward_model.ground_truth", groundTruth);
    }
}
