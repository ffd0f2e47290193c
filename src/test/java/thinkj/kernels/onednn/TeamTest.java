package thinkj.kernels.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.nativeblas.NativeOpsHolder;
import thinkj.kernels.NativeThreads;

class TeamTest {
    private static final int PIECES = 100;
    private static final long MUCH = 1L << 40;

    private Team<Member> team;

    /** Notices when two threads use it at once. */
    private static final class Member {
        final Primitives primitives;
        final AtomicBoolean busy = new AtomicBoolean();

        Member(Primitives primitives) {
            this.primitives = primitives;
        }
    }

    @BeforeEach
    void start() {
        assumeTrue(OneDnn.problem().isEmpty(), () -> "needs oneDNN: " + OneDnn.problem().orElseThrow());
        team = new Team<>(Member::new);
    }

    @AfterEach
    void defaults() {
        NativeThreads.use(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void everyPieceIsComputedOnceByAMemberThatIsFree() {
        NativeThreads.use(4);
        AtomicIntegerArray computed = new AtomicIntegerArray(PIECES);
        team.share(PIECES, MUCH, (member, piece) -> {
            assertTrue(member.busy.compareAndSet(false, true));
            computed.incrementAndGet(piece);
            member.busy.set(false);
        });
        assertEquals("[" + "1, ".repeat(PIECES - 1) + "1]", computed.toString());
    }

    @Test
    void membersComputeAloneAndShareTheCoresOfFewPieces() {
        NativeThreads.use(4);
        assertEquals(Set.of(1), threadsFor(PIECES, MUCH));
        assertEquals(Set.of(2), threadsFor(2, MUCH));
        assertEquals(Set.of(4), threadsFor(1, MUCH));
        assertEquals(4, NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads());
    }

    @Test
    void littleWorkIsDoneByOneThread() {
        NativeThreads.use(4);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        team.share(PIECES, 1000, (member, piece) -> threads.add(Thread.currentThread()));
        assertEquals(Set.of(Thread.currentThread()), threads);
        assertEquals(Set.of(1), threadsFor(PIECES, 1000));
    }

    private Set<Integer> threadsFor(int pieces, long bytes) {
        Set<Integer> threads = ConcurrentHashMap.newKeySet();
        team.share(pieces, bytes, (member, piece) -> threads.add(NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads()));
        return threads;
    }

    @Test
    void closingGivesBackTheMembersMemory() {
        Member[] seen = new Member[1];
        team.share(1, 0, (member, piece) -> seen[0] = member);
        team.close();
        assertThrows(IllegalStateException.class, () -> seen[0].primitives.scratch().take("anything", 1));
    }

    @Test
    void aPiecesFailureIsTheCallers() {
        NativeThreads.use(2);
        var failure = assertThrows(IllegalStateException.class, () -> team.share(PIECES, MUCH, (member, piece) -> {
            throw new IllegalStateException("not today");
        }));
        assertTrue(failure.getMessage().endsWith("not today"), failure.getMessage());
    }
}
