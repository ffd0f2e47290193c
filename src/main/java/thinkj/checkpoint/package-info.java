/**
 * Checkpoint folders in Hugging Face's layout ↔ named fp32 arrays.
 *
 * <p>{@link thinkj.checkpoint.HfCheckpoint} is the door: it opens a folder (checking names, shapes, types and files strictly, all
 * problems in one message), loads the weights and saves them. {@link thinkj.checkpoint.Qwen2Config} is the architecture,
 * {@link thinkj.checkpoint.Qwen2Tensors} its table of names and shapes, {@link thinkj.checkpoint.Architectures} the published ones;
 * {@link thinkj.checkpoint.RandomCheckpoint} writes fresh weights. A low-rank adapter's folder in PEFT's layout
 * ({@link thinkj.checkpoint.PeftAdapter}) is opened together with its base, and its weights are those of both. {@link thinkj.checkpoint.ArrayFile}
 * holds arrays of any names, such as an optimizer's. Nothing here knows what the weights are for.
 *
 * <p>Files are mapped and read in windows, and written in chunks: no second copy of the weights is ever held. fp32 and bf16 files come
 * back byte for byte when they are loaded and saved again.
 */
package thinkj.checkpoint;
