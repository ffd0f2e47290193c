package thinkj.data;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToIntFunction;
import thinkj.io.UserError;

/**
 * What {@link Preparation} is to do.
 *
 * @param set how raw rows are read
 * @param columns where a table of the user's own has its fields
 * @param splitColumn the column that says to which split a row belongs
 * @param split value of that column for the rows to take; all rows if not given
 * @param validationSplit value of that column for held-out rows
 * @param validationFraction share of the rows to hold out, 0 for none; rows of one instruction stay together
 * @param lengths what is too short or too long
 * @param duplicates what counts as the same row twice
 * @param randomOrder whether the two responses of each row are put in random order, else they stay as they are
 * @param seed of the order and of what is held out
 * @param most rows that are taken at most, the first ones
 */
public record PrepareSettings(
        DataSet set, Columns columns, String splitColumn, Optional<String> split, Optional<String> validationSplit,
        double validationFraction, Lengths lengths, Duplicates duplicates, boolean randomOrder, long seed, OptionalLong most) {

    /**
     * Limits of a row.
     *
     * @param minCharacters least characters of each response
     * @param maxCharacters most characters of instruction and both responses together
     * @param maxTokens most tokens of the prompt
     * @param tokens counts the tokens of a row's prompt; asked only where {@code maxTokens} is given
     */
    public record Lengths(int minCharacters, OptionalLong maxCharacters, OptionalLong maxTokens, ToIntFunction<JudgeExample> tokens) {

        /** Why a row is left out; null if it fits. */
        String reason(JudgeExample example) {
            int first = example.response1().length();
            int second = example.response2().length();
            if (Math.min(first, second) < minCharacters) {
                return "a response shorter than " + minCharacters + " characters";
            }
            if (maxCharacters.isPresent() && (long) example.instruction().length() + first + second > maxCharacters.getAsLong()) {
                return "longer than " + maxCharacters.getAsLong() + " characters";
            }
            if (maxTokens.isPresent() && tokens.applyAsInt(example) > maxTokens.getAsLong()) {
                return "longer than " + maxTokens.getAsLong() + " tokens";
            }
            return null;
        }
    }

    public PrepareSettings {
        if (!(validationFraction >= 0 && validationFraction < 1)) {
            throw new UserError("validation-fraction: " + validationFraction + ", must be at least 0 and less than 1");
        }
        if (validationFraction > 0 && validationSplit.isPresent()) {
            throw new UserError("validation-fraction and validation-split: only one of them can say what is held out");
        }
        if (validationSplit.isPresent() && validationSplit.equals(split)) {
            throw new UserError("validation-split: '" + split.get() + "' is the training split too");
        }
    }
}
