//! Something that a check has to say about a draft.

/// Something to put right or to think about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field of the editor that it is about, by the id it has there.
    pub field: &'static str,
    /// The line of the text, counted from 1, where it is about one.
    pub line: Option<usize>,
    /// The sentence for the writer: the problem and what to do.
    pub message: String,
}

impl Problem {
    /// About a field.
    pub fn of(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, line: None, message: message.into() }
    }

    /// About a line of the text.
    pub fn at(line: usize, message: impl Into<String>) -> Self {
        Self { field: "markdown", line: Some(line), message: message.into() }
    }
}
