package thinkj.kernels.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import thinkj.kernels.NativeThreads;

/**
 * Shares independent pieces of work out to cores, each of which takes one after the other and computes it alone, by primitives and in
 * memory of its own. Handing every small product out to all cores costs as much as the product, and each core would fetch what another
 * one has just computed.
 *
 * <p>With fewer pieces than cores, the cores are divided among the pieces.
 *
 * @param <M> what a core computes with, made from its primitives
 */
final class Team<M> implements AutoCloseable {
    private final Function<Primitives, M> member;
    private final List<Primitives> all = new ArrayList<>();

    /** By the number of native threads that a member has: what a primitive prepares depends on it. */
    private final Map<Integer, List<M>> members = new HashMap<>();

    Team(Function<Primitives, M> member) {
        this.member = member;
    }

    /** Computes one of the pieces. */
    interface Piece<M> {
        void compute(M member, int piece);
    }

    /** @param bytes that all pieces together read and write, or what takes as long */
    void share(int pieces, long bytes, Piece<M> work) {
        int worthwhile = Cores.worthwhile(bytes);
        int parts = Math.min(pieces, worthwhile);
        int threads = worthwhile == 1 ? 1 : NativeThreads.current() / Math.max(1, parts);
        List<M> team = team(parts, threads);
        if (parts == 1) {
            NativeThreads.with(threads, () -> IntStream.range(0, pieces).forEach(piece -> work.compute(team.get(0), piece)));
            return;
        }
        AtomicInteger next = new AtomicInteger();
        IntStream.range(0, parts).parallel().forEach(part -> NativeThreads.with(threads, () -> {
            for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
                work.compute(team.get(part), piece);
            }
        }));
    }

    private List<M> team(int size, int threads) {
        List<M> team = members.computeIfAbsent(threads, t -> new ArrayList<>());
        while (team.size() < size) {
            Primitives primitives = new Primitives();
            all.add(primitives);
            team.add(member.apply(primitives));
        }
        return team;
    }

    @Override
    public void close() {
        all.forEach(primitives -> primitives.scratch().close());
    }
}
