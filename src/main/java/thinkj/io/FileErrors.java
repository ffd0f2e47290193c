package thinkj.io;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.ZipException;

/** What failed file operations mean: a {@link UserError} with what to do about it, or an {@link UncheckedIOException} where nothing is known. */
public final class FileErrors {
    private FileErrors() {}

    /** The exception to throw when reading failed. */
    public static RuntimeException reading(Path file, IOException cause) {
        if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
            return new UserError(file + ": no such file", cause);
        }
        if (cause instanceof AccessDeniedException) {
            return new UserError(file + ": permission denied; the file must be readable", cause);
        }
        if (cause instanceof ZipException || cause instanceof EOFException) {
            return new UserError(file + ": the gzip data is damaged or cut off (" + cause.getMessage() + "); fetch the file again", cause);
        }
        if (cause instanceof CharacterCodingException) {
            return new UserError(file + ": holds bytes that are not UTF-8; convert the file to UTF-8", cause);
        }
        if (reason(cause).contains("is a directory")) {
            return new UserError(file + ": is a folder, a file was expected", cause);
        }
        return new UncheckedIOException(file + ": reading failed: " + cause.getMessage(), cause);
    }

    /** The exception to throw when creating or writing a file or folder failed. */
    public static RuntimeException writing(Path target, IOException cause) {
        String reason = reason(cause);
        if (reason.contains("no space left") || reason.contains("not enough space") || reason.contains("disk quota exceeded")) {
            return new UserError(
                    target + ": no space left on the device; free some space or choose another folder, then run the command again", cause);
        }
        if (cause instanceof AccessDeniedException || reason.contains("permission denied") || reason.contains("read-only file system")) {
            return new UserError(target + ": cannot be written (" + shown(cause) + "); choose a folder that you can write to", cause);
        }
        if (cause instanceof NotDirectoryException || cause instanceof FileAlreadyExistsException || reason.contains("not a directory")) {
            return new UserError(target + ": cannot be written, a file stands where a folder is needed; choose another path", cause);
        }
        if (reason.contains("is a directory")) {
            return new UserError(target + ": is a folder, a file was expected", cause);
        }
        if (cause instanceof FileSystemException) {
            return new UserError(target + ": cannot be written (" + shown(cause) + "); choose another path", cause);
        }
        return new UncheckedIOException(target + ": writing failed: " + cause.getMessage(), cause);
    }

    private static String reason(IOException e) {
        return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    }

    private static String shown(IOException e) {
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason().toLowerCase(Locale.ROOT);
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        return e instanceof NoSuchFileException ? "no such folder" : e.getMessage();
    }
}
