package thinkj.report;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Pages out of templates beside this class. Every value is escaped, wherever it comes from, and none is taken for a template: samples hold
 * whatever a model writes.
 */
final class Templates {
    private static final Jinjava JINJA = new Jinjava(JinjavaConfig.newBuilder()
            .withTrimBlocks(true)
            .withLstripBlocks(true)
            .withNestedInterpretationEnabled(false)
            .withLegacyOverrides(LegacyOverrides.newBuilder().withUseTrimmingForNotesAndExpressions(true).build())
            .build());

    private Templates() {}

    static String render(String name, Map<String, Object> values) {
        RenderResult page = JINJA.renderForResult("{% autoescape %}" + text(name) + "{% endautoescape %}", values);
        if (!page.getErrors().isEmpty()) {
            TemplateError error = page.getErrors().get(0);
            throw new IllegalStateException(name + ":" + error.getLineno() + ": " + error.getMessage(), error.getException());
        }
        return page.getOutput();
    }

    static String text(String name) {
        try (InputStream in = Templates.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
