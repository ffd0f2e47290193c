package thinkj.evaluate;

import java.util.List;

/** What answers prompts: a model, or whatever a test puts in its place. */
@FunctionalInterface
public interface TextGenerator {

    /** Takes each answer as it comes. */
    @FunctionalInterface
    interface Receiver {
        /**
         * @param position of the prompt in the list
         * @param seconds how long this answer took
         */
        void accept(int position, Answer answer, double seconds);

        /** A few words on how it goes, as often as there is something new. */
        default void going(String words) {}
    }

    /**
     * Answers every prompt once.
     *
     * @param prompts token ids
     * @param receiver gets the answers in any order, each as soon as it is complete
     */
    void generate(List<int[]> prompts, Receiver receiver);
}
