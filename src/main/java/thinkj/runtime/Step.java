package thinkj.runtime;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import thinkj.kernels.Kernels;
import thinkj.ops.GraphOp;

/** A node with its arrays, ready to run. */
sealed interface Step {

    /** The operation's name. */
    String kind();

    void run(Kernels kernels);

    /** What it writes; null where an output is left out. */
    List<INDArray> outputs();

    /** Puts another array of the same shape in an input's place. */
    void input(int index, INDArray array);

    /** Frees what the step holds outside the Java heap. */
    void release();

    /** A node that the kernels compute. */
    final class Kernel implements Step {
        private final GraphOp op;
        private final List<INDArray> inputs;
        private final List<INDArray> outputs;
        private final boolean[] add;

        /** For the arrays as they are; null when one has changed. */
        private Runnable prepared;

        Kernel(Node node, INDArray[] inputs, INDArray[] outputs) {
            op = (GraphOp) node.op();
            // Views of these very arrays, so that an entry can be replaced and none is ever copied.
            this.inputs = Arrays.asList(inputs);
            this.outputs = Arrays.asList(outputs);
            add = node.add().clone();
        }

        @Override
        public String kind() {
            return op.opName();
        }

        @Override
        public void run(Kernels kernels) {
            if (prepared == null) {
                prepared = op.prepare(kernels, inputs, outputs, add);
            }
            prepared.run();
        }

        @Override
        public void input(int index, INDArray array) {
            inputs.set(index, array);
            prepared = null;
        }

        @Override
        public List<INDArray> outputs() {
            return outputs;
        }

        /** Puts another array in an output's place. */
        void output(int index, INDArray array) {
            outputs.set(index, array);
            prepared = null;
        }

        /** Says whether an output is added to what its array holds. */
        void add(int index, boolean adds) {
            add[index] = adds;
            prepared = null;
        }

        @Override
        public void release() {}
    }

    /** An operation of ND4J's own. */
    final class Stock implements Step {
        private final DifferentialFunction op;
        private final OpContext context;

        Stock(Node node, INDArray[] inputs, INDArray[] outputs) {
            op = node.op();
            context = StockOps.context(op, inputs);
            for (int i = 0; i < outputs.length; i++) {
                context.setOutputArray(i, outputs[i]);
            }
        }

        @Override
        public String kind() {
            return op.opName();
        }

        @Override
        public void run(Kernels kernels) {
            StockOps.run(op, context);
        }

        @Override
        public List<INDArray> outputs() {
            return context.getOutputArrays();
        }

        @Override
        public void input(int index, INDArray array) {
            context.setInputArray(index, array);
        }

        @Override
        public void release() {
            StockOps.close(context);
        }
    }
}
