package thinkj.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import thinkj.io.AtomicFile;

/** {@code plots/NAME.png}: each chart as a picture, for slides and papers. */
final class ChartImages {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 520;
    private static final int MOST_POINTS = 1200;
    private static final int FEW_POINTS = 30;
    private static final Color INK = new Color(0x33, 0x38, 0x40);
    private static final Color GRID = new Color(0xe3, 0xe6, 0xea);

    private ChartImages() {}

    /**
     * Why Java can't draw text here, if it can't: it asks the system for fonts, which a bare server or container may be without.
     */
    static Optional<String> problem() {
        return Optional.ofNullable(Fonts.PROBLEM);
    }

    /** Writes the pictures into a folder. */
    static void write(List<Chart> charts, Path folder) {
        for (Chart chart : charts) {
            AtomicFile.write(folder.resolve(chart.id() + ".png"), out -> BitmapEncoder.saveBitmap(picture(chart), out, BitmapFormat.PNG));
        }
    }

    /** Tried once. */
    private static final class Fonts {
        static final String PROBLEM = problem();

        private static String problem() {
            try {
                new Font(Font.SANS_SERIF, Font.PLAIN, 12).getStringBounds("1", new FontRenderContext(null, true, true));
                return null;
            } catch (LinkageError | InternalError | RuntimeException e) {
                return "Java finds no fonts on this machine, so plots/ is left out; install fontconfig and a font, such as the packages "
                        + "fontconfig and fonts-dejavu-core (report.html has its curves without them): " + e;
            }
        }
    }

    private static XYChart picture(Chart chart) {
        XYChart picture = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(chart.title()).xAxisTitle("step").build();
        dress(picture, chart.curves().size());
        for (int i = 0; i < chart.curves().size(); i++) {
            Series curve = chart.curves().get(i);
            Color colour = Color.decode(Palette.light(i));
            if (curve.isWorthSmoothing()) {
                Color pale = new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 70);
                line(picture, curve.name() + " as it is", curve, pale, 1f).setShowInLegend(false);
                line(picture, curve.name(), curve.smoothed(), colour, 2.2f);
            } else {
                XYSeries line = line(picture, curve.name(), curve, colour, 2.2f);
                if (curve.size() <= FEW_POINTS) {
                    line.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(colour);
                }
            }
        }
        return picture;
    }

    private static XYSeries line(XYChart picture, String name, Series curve, Color colour, float width) {
        Series shown = curve.thinned(MOST_POINTS);
        XYSeries line = picture.addSeries(name, shown.steps(), shown.values());
        line.setMarker(SeriesMarkers.NONE);
        line.setLineColor(colour).setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        return line;
    }

    private static void dress(XYChart picture, int curves) {
        var style = picture.getStyler();
        style.setChartBackgroundColor(Color.WHITE);
        style.setPlotBackgroundColor(Color.WHITE);
        style.setPlotBorderVisible(false);
        style.setPlotGridLinesColor(GRID);
        style.setPlotGridVerticalLinesVisible(false);
        style.setAxisTicksMarksVisible(false);
        style.setAxisTickLabelsColor(INK);
        style.setChartFontColor(INK);
        style.setChartTitleBoxVisible(false);
        style.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 17));
        style.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        style.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        style.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        style.setLegendVisible(curves > 1);
        style.setLegendPosition(LegendPosition.OutsideS);
        style.setLegendLayout(LegendLayout.Horizontal);
        style.setLegendBorderColor(Color.WHITE);
        style.setMarkerSize(7);
        style.setxAxisTickLabelsFormattingFunction(Ticks::shown);
        style.setyAxisTickLabelsFormattingFunction(Ticks::shown);
    }
}
