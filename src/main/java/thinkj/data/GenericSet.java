package thinkj.data;

import thinkj.io.JsonLines.Row;

/**
 * Tables of the user's own: an instruction, and either two responses with the better one's number (or a signed strength, whose sign
 * tells it), or a chosen and a rejected response.
 */
final class GenericSet {
    static final String NO_PREFERENCE = "no preference (strength 0)";

    private GenericSet() {}

    static Reading read(Row row, Columns columns) {
        String chosen = columns.of("chosen");
        if (row.has(chosen) && !row.has(columns.of("response1"))) {
            String instruction = row.text(columns.of("instruction"));
            String better = row.text(chosen);
            String worse = row.text(columns.of("rejected"));
            String id = row.has(columns.of("id")) ? RowFields.name(row, columns.of("id")) : JudgeRows.hash(instruction, better, worse);
            return Dialogues.compare(id, instruction, better, worse);
        }
        if (JudgeRows.present(row, columns.of("strength")) && RowFields.wholeNumber(row, columns.of("strength")) == 0) {
            return Reading.dropped(NO_PREFERENCE);
        }
        return Reading.kept(JudgeRows.example(row, columns));
    }
}
