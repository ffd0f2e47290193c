package thinkj.report;

import java.util.List;

/** Colours of curves, told apart by the colour-blind too (after Okabe and Ito), for a light and a dark ground. */
final class Palette {
    private static final List<String> LIGHT =
            List.of("#0072b2", "#d55e00", "#008f68", "#a8508a", "#b07a00", "#2f8fc9", "#5b6470", "#8a4b2a");
    private static final List<String> DARK =
            List.of("#5cb3ec", "#ff9a56", "#3fcf9f", "#e596c6", "#f0c04a", "#9fd4f5", "#b4bcc8", "#d8a183");

    private Palette() {}

    static int size() {
        return LIGHT.size();
    }

    /** Such as {@code #0072b2}. */
    static String light(int i) {
        return LIGHT.get(i % LIGHT.size());
    }

    /** As CSS variables {@code --c0}, {@code --c1}, ... */
    static String css(boolean dark) {
        List<String> colours = dark ? DARK : LIGHT;
        StringBuilder css = new StringBuilder();
        for (int i = 0; i < colours.size(); i++) {
            css.append("--c").append(i).append(':').append(colours.get(i)).append(';');
        }
        return css.toString();
    }
}
