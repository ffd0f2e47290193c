package thinkj.generate;

/** Passes on what decoders on several threads tell, one call at a time. */
final class OneAtATime implements GenerationListener {
    private final GenerationListener listener;

    OneAtATime(GenerationListener listener) {
        this.listener = listener;
    }

    @Override
    public synchronized void started(int requestPosition) {
        listener.started(requestPosition);
    }

    @Override
    public synchronized void token(int requestPosition, int id) {
        listener.token(requestPosition, id);
    }

    @Override
    public synchronized void stepped(GenerationStats stats) {
        listener.stepped(stats);
    }

    @Override
    public synchronized void completed(Completed completed) {
        listener.completed(completed);
    }
}
