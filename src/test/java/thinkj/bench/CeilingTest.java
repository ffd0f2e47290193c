package thinkj.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CeilingTest {

    @Test
    void theFasterLibraryByItsMedian() {
        Ceiling.Shape shape = shape(1);
        for (double rate : new double[] {100, 400, 110}) {
            shape.note("oneDNN", rate);
        }
        for (double rate : new double[] {120, 130, 90}) {
            shape.note("OpenBLAS", rate);
        }
        assertEquals("OpenBLAS", shape.library());
        assertEquals(120, shape.median());
        assertEquals(400, shape.best());
    }

    @Test
    void shapesCountByTheTimeThatTheirWorkTakes() {
        Ceiling.Shape large = shape(3);
        Ceiling.Shape small = shape(1);
        large.note("oneDNN", 300);
        small.note("oneDNN", 50);
        // 3 units of work at 300 and 1 at 50: 4 in 3/300 + 1/50.
        assertEquals(4 / 0.03, Ceiling.together(List.of(large, small), Ceiling.Shape::median), 1e-9);
    }

    private static Ceiling.Shape shape(long count) {
        return new Ceiling.Shape(new Work.Projection("p", 5, 7, count, 2));
    }
}
