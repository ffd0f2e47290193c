package thinkj.quickstart;

import java.util.stream.Collectors;

/** What is asked about three digits; the answer is three digits again. */
enum DigitTask {
    REVERSE("Reverse") {
        @Override
        String answer(String digits) {
            return new StringBuilder(digits).reverse().toString();
        }
    },
    SORT("Sort") {
        @Override
        String answer(String digits) {
            return sorted(digits);
        }
    },
    SORT_DOWN("Sort down") {
        @Override
        String answer(String digits) {
            return REVERSE.answer(sorted(digits));
        }
    },
    ADD_ONE("Add one to") {
        /** Each digit for itself; 9 becomes 0. */
        @Override
        String answer(String digits) {
            return digits.chars().map(digit -> '0' + (digit - '0' + 1) % 10).mapToObj(Character::toString).collect(Collectors.joining());
        }
    };

    private final String words;

    DigitTask(String words) {
        this.words = words;
    }

    abstract String answer(String digits);

    DigitQuestion about(String digits) {
        return new DigitQuestion(words + " " + digits + ".", answer(digits));
    }

    private static String sorted(String digits) {
        return digits.chars().sorted().mapToObj(Character::toString).collect(Collectors.joining());
    }
}
