package thinkj.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One optimiser step of reinforcement.
 *
 * @param reported the loss and its parts over the whole mini-batch
 * @param update what the optimiser did
 */
record PolicyUpdate(Map<String, Double> reported, Updater.Update update) {

    /** Adds up the micro-batches' shares. */
    static PolicyUpdate of(List<Map<String, Double>> shares, Updater.Update update) {
        Map<String, Double> sums = new LinkedHashMap<>();
        shares.forEach(share -> share.forEach((name, value) -> sums.merge(name, value, Double::sum)));
        return new PolicyUpdate(sums, update);
    }
}
