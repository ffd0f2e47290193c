/**
 * Runs graphs: {@link thinkj.runtime.GraphRunner} is the one way in, forward alone or with gradient, with the kernels it was given.
 */
package thinkj.runtime;
