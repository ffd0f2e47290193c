package thinkj.data;

import thinkj.io.JsonLines.Row;

/** RewardBench's rows; an id is unique within its subset only, so both name the row. */
final class RewardBenchRows {

    private RewardBenchRows() {}

    static Reading read(Row row) {
        String id = row.text("subset") + "/" + RowFields.name(row, "id");
        return Dialogues.compare(id, row.text("prompt"), row.text("chosen"), row.text("rejected"));
    }
}
