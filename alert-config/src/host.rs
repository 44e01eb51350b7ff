/// What kind of program runs the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// A command that a person or a script runs.
    Command,
    /// A program that embeds the library: its default pipeline also tells its `tracing`.
    Library,
}
