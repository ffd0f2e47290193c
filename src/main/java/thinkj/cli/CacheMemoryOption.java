package thinkj.cli;

import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** How much memory the KV cache may take, the same wherever a command generates. */
final class CacheMemoryOption {

    @Option(names = "--cache-memory", paramLabel = "SIZE", converter = SizeConverter.class,
            description = "Most memory of the KV cache, such as 2GB. Default: half of what is left.")
    private Long bytes;

    OptionalLong bytes() {
        return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes);
    }
}
