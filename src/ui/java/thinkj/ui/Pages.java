package thinkj.ui;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.impl.MimeMapping;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.deeplearning4j.ui.VertxUIServer;
import org.deeplearning4j.ui.api.Route;
import org.deeplearning4j.ui.api.UIModule;
import org.deeplearning4j.ui.i18n.I18NProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import thinkj.io.UserError;

/**
 * Deeplearning4j's training pages on the loopback interface. Its own server, {@code VertxUIServer}, listens to every network and takes uploads
 * and reports of other processes; this one serves the same pages and scripts to this machine, and takes nothing.
 */
final class Pages implements AutoCloseable {
    static final String OVERVIEW = "/train/overview";

    private static final Logger LOG = LoggerFactory.getLogger(Pages.class);
    private static final String LOOPBACK = "127.0.0.1";
    private static final int FEW_THREADS = 2;
    private static final long SECONDS_TO_STOP = 10;
    private static final int FOUND = 302;
    private static final int NOT_FOUND = 404;
    private static final String ASSETS = "/assets/";

    private final Vertx vertx;
    private final HttpServer server;

    private Pages(Vertx vertx, HttpServer server) {
        this.vertx = vertx;
        this.server = server;
    }

    /** @throws UserError if the port cannot be listened on */
    static Pages serve(UIModule module, int port) {
        // Deeplearning4j's modules ask the server they think they are in whether it serves one session or many; made, it is not started.
        new VertxUIServer();
        System.setProperty("vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        Vertx vertx = Vertx.vertx(options());
        CompletableFuture<HttpServer> listening = new CompletableFuture<>();
        vertx.createHttpServer().requestHandler(router(vertx, module)).listen(port, LOOPBACK, done -> {
            if (done.succeeded()) {
                listening.complete(done.result());
            } else {
                listening.completeExceptionally(done.cause());
            }
        });
        try {
            return new Pages(vertx, listening.join());
        } catch (CompletionException e) {
            stop(vertx);
            throw new UserError("--ui-port: " + port + ", cannot be listened on (" + e.getCause().getMessage()
                    + "); give another, or 0 for any that is free", e.getCause());
        }
    }

    /** Few threads: whoever looks is one or two. Where the training takes all cores, answers may be late, which is nothing to warn of. */
    private static VertxOptions options() {
        return new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(FEW_THREADS)
                .setInternalBlockingPoolSize(FEW_THREADS)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.DAYS)
                .setBlockedThreadCheckInterval(1)
                .setFileSystemOptions(new FileSystemOptions().setClassPathResolvingEnabled(false).setFileCachingEnabled(false));
    }

    private static Router router(Vertx vertx, UIModule module) {
        Router router = Router.router(vertx);
        router.get("/").handler(context -> context.response().setStatusCode(FOUND).putHeader("location", OVERVIEW).end());
        router.get(ASSETS + "*").handler(Pages::asset);
        router.get("/setlang/:language").handler(context -> {
            I18NProvider.getInstance().setDefaultLanguage(context.pathParam("language"));
            context.response().end();
        });
        router.get("/train/model*").handler(context -> context.response().end(
                "Layers are not shown: this page knows Deeplearning4j's networks alone. See Overview and System."));
        for (Route route : module.getRoutes()) {
            router.get(route.getRoute()).handler(context -> route.getConsumer().accept(arguments(route, context), context));
        }
        return router;
    }

    /** Scripts and styles, out of the jars; read here, since Vert.x would unpack them into a folder that all users of the machine share. */
    private static void asset(RoutingContext context) {
        String path = context.normalisedPath().substring(ASSETS.length());
        String resource = path.startsWith("webjars/") ? "META-INF/resources/" + path : "deeplearning4jUiAssets/" + path;
        try (InputStream in = path.contains("..") ? null : Pages.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                context.response().setStatusCode(NOT_FOUND).end();
            } else {
                String type = MimeMapping.getMimeTypeForFilename(path.substring(path.lastIndexOf('/') + 1));
                context.response().putHeader("content-type", type == null ? "text/plain" : type).end(Buffer.buffer(in.readAllBytes()));
            }
        } catch (IOException e) {
            context.fail(e);
        }
    }

    private static List<String> arguments(Route route, RoutingContext context) {
        return Arrays.stream(route.getRoute().split("/"))
                .filter(part -> part.startsWith(":"))
                .map(part -> context.pathParam(part.substring(1)))
                .toList();
    }

    /** Of the overview. */
    String address() {
        return "http://" + LOOPBACK + ":" + server.actualPort() + OVERVIEW;
    }

    @Override
    public void close() {
        stop(vertx);
    }

    private static void stop(Vertx vertx) {
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        vertx.close(done -> stopped.complete(null));
        try {
            stopped.get(SECONDS_TO_STOP, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the training UI did not stop", e);
        }
    }
}
