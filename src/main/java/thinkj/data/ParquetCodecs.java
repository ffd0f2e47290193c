package thinkj.data;

import io.airlift.compress.Compressor;
import io.airlift.compress.Decompressor;
import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.snappy.SnappyCompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * Parquet's compressions without Hadoop's: reads snappy, gzip, zstd, raw LZ4 and none; writes snappy. Parquet's own factory reaches for
 * Hadoop's configuration and with it for sixty more libraries.
 */
final class ParquetCodecs implements CompressionCodecFactory {

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        if (codec != CompressionCodecName.SNAPPY) {
            throw new IllegalArgumentException("codec: " + codec + ", only SNAPPY is written");
        }
        return new Snappy();
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return switch (codec) {
            case UNCOMPRESSED -> new Unpacking((packed, size) -> packed);
            case SNAPPY -> new Unpacking(block(new SnappyDecompressor()));
            case ZSTD -> new Unpacking(block(new ZstdDecompressor()));
            case LZ4_RAW -> new Unpacking(block(new Lz4Decompressor()));
            case GZIP -> new Unpacking(ParquetCodecs::gunzip);
            default -> throw new UnsupportedOperationException("data compressed with " + codec
                    + ", write the file anew with snappy, gzip, zstd or without compression");
        };
    }

    @Override
    public void release() {
        // Everything is on the heap.
    }

    private interface Unpack {
        byte[] apply(byte[] packed, int size) throws IOException;
    }

    private static Unpack block(Decompressor decompressor) {
        return (packed, size) -> {
            byte[] out = new byte[size];
            try {
                decompressor.decompress(packed, 0, packed.length, out, 0, size);
            } catch (MalformedInputException e) {
                throw new IOException("damaged compressed page: " + e.getMessage(), e);
            }
            return out;
        };
    }

    private static byte[] gunzip(byte[] packed, int size) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return in.readNBytes(size);
        }
    }

    private static byte[] bytes(BytesInput input) throws IOException {
        return input.toInputStream().readAllBytes();
    }

    private record Unpacking(Unpack unpack) implements BytesInputDecompressor {
        @Override
        public BytesInput decompress(BytesInput packed, int size) throws IOException {
            return BytesInput.from(unpack.apply(bytes(packed), size));
        }

        @Override
        public void decompress(ByteBuffer packed, int packedSize, ByteBuffer out, int size) throws IOException {
            byte[] bytes = new byte[packedSize];
            packed.get(bytes);
            out.put(unpack.apply(bytes, size));
        }

        @Override
        public void release() {
            // Everything is on the heap.
        }
    }

    private static final class Snappy implements BytesInputCompressor {
        private final Compressor compressor = new SnappyCompressor();

        @Override
        public BytesInput compress(BytesInput plain) throws IOException {
            byte[] bytes = bytes(plain);
            byte[] out = new byte[compressor.maxCompressedLength(bytes.length)];
            return BytesInput.from(out, 0, compressor.compress(bytes, 0, bytes.length, out, 0, out.length));
        }

        @Override
        public CompressionCodecName getCodecName() {
            return CompressionCodecName.SNAPPY;
        }

        @Override
        public void release() {
            // Everything is on the heap.
        }
    }
}
