/**
 * The machine underneath: what the CPU can do and which of ND4J's natives suit it, how much memory there is, and whether ND4J's CUDA
 * binaries can run on the GPU. Pure decisions, tested without the hardware, beside the few lines that ask the system. Nothing here starts
 * ND4J.
 */
package thinkj.device;
