package thinkj.generate;

import java.nio.file.Path;
import java.util.Optional;
import thinkj.checkpoint.GenerationConfig;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.Qwen2Config;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.model.Qwen2Model;
import thinkj.tokenizer.ChatTemplate;
import thinkj.tokenizer.HfTokenizer;
import thinkj.tokenizer.Tokenizer;

/** What a checkpoint folder has for generating, scoring and judging, its weights not yet loaded: input is checked before they are. */
public final class ModelFiles implements AutoCloseable {
    private final HfCheckpoint checkpoint;
    private final Optional<HfTokenizer> tokenizer;
    private final Optional<ChatTemplate> template;

    private ModelFiles(HfCheckpoint checkpoint, Optional<HfTokenizer> tokenizer, Optional<ChatTemplate> template) {
        this.checkpoint = checkpoint;
        this.tokenizer = tokenizer;
        this.template = template;
    }

    /** Opens a checkpoint folder, or an adapter's with its base, and whatever tokenizer files there are. */
    public static ModelFiles open(Path folder) {
        HfCheckpoint checkpoint = HfCheckpoint.open(folder);
        Path words = checkpoint.tokenizerFolder();
        Optional<HfTokenizer> tokenizer = HfTokenizer.openIfPresent(words);
        return new ModelFiles(checkpoint, tokenizer, tokenizer.flatMap(present -> ChatTemplate.openIfPresent(words, present)));
    }

    public Qwen2Config config() {
        return checkpoint.config();
    }

    public GenerationConfig generationConfig() {
        return checkpoint.generationConfig();
    }

    /** Of the weights of an adapter's base; otherwise the folder itself. */
    public Path baseFolder() {
        return checkpoint.baseFolder();
    }

    public Path folder() {
        return checkpoint.folder();
    }

    /** Null where the folder has none. */
    public Tokenizer tokenizer() {
        return tokenizer.orElse(null);
    }

    /** The chat template; a folder without one is the user's error. */
    public ChatTemplate template() {
        return template.orElseThrow(() -> new UserError(checkpoint.folder()
                + ": has no tokenizer files with a chat template, which a dialogue needs; copy them there"));
    }

    /** Reads rows for this model. */
    public InputRows rows() {
        return new InputRows(
                Generator.rules(config()),
                tokenizer(),
                template.<InputRows.Template>map(present -> messages -> present.render(messages, true)).orElse(null));
    }

    /** The weights in fp32, to compute with the fastest kernels that run here; the caller closes them. */
    public Qwen2Model load() {
        return new Qwen2Model(config(), checkpoint.load());
    }

    /** The weights for generation alone, in memory only in the form that this engine's products take; the caller closes them. */
    public Qwen2Model loadForGeneration(Engine engine) {
        return Qwen2Model.forGeneration(config(), checkpoint::read, engine);
    }

    @Override
    public void close() {
        tokenizer.ifPresent(HfTokenizer::close);
    }
}
