package thinkj.data;

/** Checks of record fields; the message names the field, as it stands in the file. */
final class Fields {

    private Fields() {}

    static void present(String name, String value) {
        if (value == null) {
            throw new IllegalArgumentException(name + ": missing");
        }
    }

    static void notBlank(String name, String value) {
        present(name, value);
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + ": empty, must have a text");
        }
    }
}
