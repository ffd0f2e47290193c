package thinkj.io;

/**
 * Something the user can mend: bad input, a contradictory setting, a missing file.
 *
 * <p>The message stands alone: it gives the value, the rule, the place and what to do. The command line prints it without a stack
 * trace and ends with exit code 2; every other exception is a failed run and ends with 1.
 */
public final class UserError extends RuntimeException {

    public UserError(String message) {
        super(message);
    }

    public UserError(String message, Throwable cause) {
        super(message, cause);
    }
}
