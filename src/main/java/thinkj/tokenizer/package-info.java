/**
 * Text ↔ ids and dialogue ↔ text.
 *
 * <p>{@link thinkj.tokenizer.Tokenizer} is what the others ask for; {@link thinkj.tokenizer.HfTokenizer} is Hugging Face's own library
 * on a checkpoint's files. {@link thinkj.tokenizer.ChatTemplate} renders the checkpoint's own template, the one object that training,
 * sampling and evaluation share. {@link thinkj.tokenizer.StreamingDecoder} turns ids into text while they come.
 * {@link thinkj.tokenizer.SmallTokenizer} cuts a small tokenizer for small models. Nothing here knows models or data.
 */
package thinkj.tokenizer;
