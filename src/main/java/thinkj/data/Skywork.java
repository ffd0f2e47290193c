package thinkj.data;

import thinkj.io.JsonLines.Row;

/** Skywork's reward preferences: both dialogues as lists of messages. */
final class Skywork {

    private Skywork() {}

    static Reading read(Row row) {
        return Dialogues.compare(RowFields.messages(row, "chosen"), RowFields.messages(row, "rejected"));
    }
}
