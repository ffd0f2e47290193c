package thinkj.train;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import thinkj.checkpoint.HfCheckpoint;
import thinkj.checkpoint.PeftAdapter;
import thinkj.checkpoint.PeftConfig;
import thinkj.config.LoraSettings;
import thinkj.io.UserError;
import thinkj.kernels.Engine;
import thinkj.model.Adapter;
import thinkj.model.FrozenWeights;
import thinkj.model.FrozenWeights.Storage;
import thinkj.model.MemoryNeeds;
import thinkj.model.Qwen2Model;

/**
 * What a run trains: all weights of its start model, or a low-rank adapter beside them. Where the start model is an adapter itself, that
 * one is trained on; where all weights are trained, it is merged into them first.
 */
final class TrainedModel {
    private TrainedModel() {}

    /**
     * The start model, ready to be trained.
     *
     * @param seed of a new adapter and of its dropout
     * @param engine becomes the model's own
     */
    static Qwen2Model load(HfCheckpoint start, Optional<LoraSettings> lora, long seed, Engine engine) {
        if (lora.isEmpty()) {
            return new Qwen2Model(start.config(), start.load(), engine);
        }
        PeftConfig config = adapter(start, lora.get());
        FrozenWeights frozen = FrozenWeights.of(start.config(), start::readBase, storage(lora.get()));
        Adapter adapter = start.adapter()
                .map(present -> new Adapter(config, present.load(), seed))
                .orElseGet(() -> Adapter.fresh(start.config(), config, seed));
        return Qwen2Model.adapted(start.config(), frozen, adapter, engine);
    }

    /** What training takes of memory where an adapter is trained, or all parameters are. */
    static MemoryNeeds needs(MemoryNeeds ofAll, Optional<LoraSettings> lora) {
        return lora.map(settings -> ofAll.adapted(storage(settings), fresh("", settings))).orElse(ofAll);
    }

    private static PeftConfig fresh(String base, LoraSettings lora) {
        return PeftConfig.of(base, lora.rank(), lora.alpha(), lora.dropout(), lora.targetModules());
    }

    /** How the weights that are not trained could be held in less memory, as {@link Fitting} tries it. */
    static List<Fitting.Knob> knobs(Optional<LoraSettings> lora) {
        List<String> smaller = lora.map(settings -> switch (settings.base()) {
            case FP32 -> List.of("bf16", "int8");
            case BF16 -> List.of("int8");
            case INT8 -> List.<String>of();
        }).orElse(List.of());
        return smaller.isEmpty() ? List.of() : List.of(new Fitting.Knob("lora.base", smaller));
    }

    /** How the weights that are not trained are held. */
    static Storage storage(LoraSettings lora) {
        return Storage.valueOf(lora.base().name());
    }

    /**
     * The adapter that a run trains.
     *
     * @throws UserError where the start model is an adapter with other settings
     */
    static PeftConfig adapter(HfCheckpoint start, LoraSettings lora) {
        if (start.adapter().isEmpty()) {
            return fresh(start.folder().toString(), lora);
        }
        PeftConfig present = start.adapter().map(PeftAdapter::config).orElseThrow();
        if (present.rank() != lora.rank() || present.alpha() != lora.alpha() || present.dropout() != lora.dropout()
                || !Set.copyOf(present.targetModules()).equals(Set.copyOf(lora.targetModules()))) {
            throw new UserError("lora: rank " + lora.rank() + ", alpha " + lora.alpha() + ", dropout " + lora.dropout() + ", target_modules "
                    + lora.targetModules() + "; must be those of the adapter in " + start.folder() + ", which is trained on: rank "
                    + present.rank() + ", alpha " + present.alpha() + ", dropout " + present.dropout() + ", target_modules "
                    + present.targetModules() + ". For another adapter, merge this one first: thinkj merge");
        }
        return present;
    }

    /**
     * The start model as it is before the first step, for asking what it makes of an answer. Its weights are those that the policy does not
     * train: beside them it has at most a copy of the adapter.
     */
    static Qwen2Model reference(HfCheckpoint start, Qwen2Model policy) {
        return policy.withAdapter(start.adapter().isEmpty() ? null : policy.adapter().map(Adapter::copy).orElseThrow());
    }
}
