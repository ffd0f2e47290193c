/**
 * Files in and out, known to every other package: the error for what a user can mend, JSON Lines, gzip, {@code -} for standard
 * streams, files that are written beside and renamed, checksums of folders; and the signals that ask a process to end.
 */
package thinkj.io;
