package thinkj.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.Arrays;
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
    private static final int MOST_IN_A_ROW = 3;
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
        Scale scale = Scale.of(chart);
        dress(picture, chart.curves().size(), scale);
        scale.keepTicksRound(picture);
        for (int i = 0; i < chart.curves().size(); i++) {
            Series curve = chart.curves().get(i);
            Color colour = Color.decode(Palette.light(i));
            if (curve.isWorthSmoothing()) {
                Color pale = new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 70);
                line(picture, curve.name() + " as it is", curve, scale, pale, 1f).setShowInLegend(false);
                line(picture, chart.shortName(curve.name()), curve.smoothed(), scale, colour, 2.2f);
            } else {
                XYSeries line = line(picture, chart.shortName(curve.name()), curve, scale, colour, 2.2f);
                if (curve.size() <= FEW_POINTS) {
                    line.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(colour);
                }
            }
        }
        return picture;
    }

    private static XYSeries line(XYChart picture, String name, Series curve, Scale scale, Color colour, float width) {
        Series shown = curve.thinned(MOST_POINTS);
        XYSeries line = picture.addSeries(name, shown.steps(), Arrays.stream(shown.values()).map(scale::drawn).toArray());
        line.setMarker(SeriesMarkers.NONE);
        line.setLineColor(colour).setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        return line;
    }

    private static void dress(XYChart picture, int curves, Scale scale) {
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
        // A row of many names would be wider than the picture.
        boolean row = curves <= MOST_IN_A_ROW;
        style.setLegendPosition(row ? LegendPosition.OutsideS : LegendPosition.OutsideE);
        style.setLegendLayout(row ? LegendLayout.Horizontal : LegendLayout.Vertical);
        style.setLegendBorderColor(Color.WHITE);
        style.setMarkerSize(7);
        // There is nothing between two steps.
        style.setxAxisTickLabelsFormattingFunction(step -> step == Math.rint(step) ? Ticks.count(step.longValue()) : "");
        style.setyAxisTickLabelsFormattingFunction(scale::shown);
    }

    /**
     * How values are drawn. XChart puts an axis's ticks at the points of a curve where these lie at equal distances, as steps do and as
     * any small values do in its eyes; so values are drawn as if they were near 1, and a curve that is not shown breaks the distances.
     *
     * @param power of ten that a drawn value is multiplied by
     */
    private record Scale(int power, double left, double right, double low, double high) {
        private static final double UNEVEN = 0.377;

        /** With so few steps, ticks at the points are what is wanted. */
        private static final int FEW_STEPS = 12;

        static Scale of(Chart chart) {
            double left = chart.curves().stream().mapToDouble(curve -> curve.steps()[0]).min().orElseThrow();
            double right = chart.curves().stream().mapToDouble(curve -> curve.steps()[curve.size() - 1]).max().orElseThrow();
            double low = chart.curves().stream().mapToDouble(Series::min).min().orElseThrow();
            double high = chart.curves().stream().mapToDouble(Series::max).max().orElseThrow();
            double largest = Math.max(Math.abs(low), Math.abs(high));
            return new Scale(largest == 0 ? 0 : (int) Math.floor(Math.log10(largest)), left, right, low, high);
        }

        double drawn(double value) {
            return power >= 0 ? value / Math.pow(10, power) : value * Math.pow(10, -power);
        }

        String shown(double drawn) {
            BigDecimal value = new BigDecimal(drawn).round(new MathContext(6)).scaleByPowerOfTen(power);
            return Ticks.shown(value, Math.max(Math.abs(low), Math.abs(high)));
        }

        void keepTicksRound(XYChart picture) {
            double between = right - left > FEW_STEPS ? left + UNEVEN * (right - left) : left;
            double[] values = {drawn(low), drawn(low + UNEVEN * (high - low)), drawn(high)};
            picture.addSeries("ticks", new double[] {left, between, right}, values).setEnabled(false).setShowInLegend(false);
        }
    }
}
