package thinkj.evaluate;

import java.util.Map;

/** A model that can be asked: how its prompts are made, what answers them, and what its answers depend on. */
public interface Respondent extends TextGenerator {

    /** How questions become prompts of this model. */
    Questionnaire.Encoding encoding();

    /** What the answers depend on besides the prompts, for the manifest: names to texts or numbers. */
    Map<String, Object> settings();
}
