/**
 * Files in and out, known to every other package: the error for what a user can mend, JSON Lines, gzip, {@code -} for standard
 * streams, and files that are written beside and renamed.
 */
package thinkj.io;
