package thinkj.data;

import thinkj.io.JsonLines.Row;

/** NVIDIA's HelpSteer2 preferences. Rows without a preference are left out; the annotators' texts are not used. */
final class HelpSteer2 {

    private HelpSteer2() {}

    static Reading read(Row row) {
        int strength = RowFields.wholeNumber(row, "preference_strength");
        String prompt = row.text("prompt");
        String response1 = row.text("response_1");
        String response2 = row.text("response_2");
        if (strength == 0) {
            return Reading.dropped(GenericSet.NO_PREFERENCE);
        }
        String id = JudgeRows.hash(prompt, response1, response2);
        return Reading.kept(new JudgeExample(id, prompt, response1, response2, strength < 0 ? 1 : 2, strength));
    }
}
