package thinkj.model;

import thinkj.checkpoint.Qwen2Config;

/**
 * Cosines and sines of the rotary embedding: angle {@code position · theta^(−2i/d)} for i in 0 … d/2 − 1, in fp32 as the original
 * program computes them (Su et al., 2021, eq. 15). Positions are computed once and kept.
 */
final class RotaryTable {
    private final float[] inverseFrequencies;
    private float[] cos = {};
    private float[] sin = {};
    private int positions;

    RotaryTable(Qwen2Config config) {
        int half = config.headDim() / 2;
        inverseFrequencies = new float[half];
        for (int i = 0; i < half; i++) {
            float exponent = (2f * i) / config.headDim();
            inverseFrequencies[i] = 1f / (float) Math.pow((float) config.ropeTheta(), exponent);
        }
    }

    /** Numbers of a position: d / 2. */
    int width() {
        return inverseFrequencies.length;
    }

    /** Cosines of some positions, [N, d / 2]. */
    float[] cos(int[] position) {
        grow(position);
        return rows(cos, position);
    }

    /** Sines of some positions, [N, d / 2]. */
    float[] sin(int[] position) {
        grow(position);
        return rows(sin, position);
    }

    private float[] rows(float[] table, int[] position) {
        int half = inverseFrequencies.length;
        float[] out = new float[position.length * half];
        for (int i = 0; i < position.length; i++) {
            System.arraycopy(table, position[i] * half, out, i * half, half);
        }
        return out;
    }

    private void grow(int[] position) {
        int needed = 0;
        for (int p : position) {
            needed = Math.max(needed, p + 1);
        }
        if (needed <= positions) {
            return;
        }
        positions = Math.max(needed, 2 * positions);
        int half = inverseFrequencies.length;
        cos = new float[positions * half];
        sin = new float[positions * half];
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < half; i++) {
                float angle = p * inverseFrequencies[i];
                cos[p * half + i] = (float) Math.cos(angle);
                sin[p * half + i] = (float) Math.sin(angle);
            }
        }
    }
}
