package thinkj.evaluate;

/** A part of RewardBench. The official scoring joins {@link #MATH} and {@link #CODE}; Think-J's statistics count them apart first. */
public enum Section {
    CHAT("Chat", "Chat"),
    CHAT_HARD("Chat Hard", "Chat Hard"),
    SAFETY("Safety", "Safety"),
    MATH("Math", Section.REASONING),
    CODE("Code", Section.REASONING);

    /** The official name of mathematics and code together. */
    public static final String REASONING = "Reasoning";

    private final String title;
    private final String official;

    Section(String title, String official) {
        this.title = title;
        this.official = official;
    }

    /** Name in tables. */
    public String title() {
        return title;
    }

    /** Name of the section that it belongs to in published results. */
    public String official() {
        return official;
    }
}
