package thinkj.cli;

import java.util.OptionalLong;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import thinkj.io.Sizes;

/** How much memory the KV cache may take, the same wherever a command generates. */
final class CacheMemoryOption {

    @Option(names = "--cache-memory", paramLabel = "SIZE", converter = Size.class,
            description = "Most memory of the KV cache, such as 2GB. Default: half of what is left.")
    private Long bytes;

    OptionalLong bytes() {
        return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes);
    }

    /** A number with KB, MB or GB. */
    static final class Size implements ITypeConverter<Long> {

        @Override
        public Long convert(String value) {
            try {
                return Sizes.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
