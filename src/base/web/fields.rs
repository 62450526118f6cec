//! Forms with fields that come more than once (ticks, rows of a list), and what is wrong with what was typed.

use serde::Deserialize;

use crate::base::characters::find_unfit_in_line;

/// All fields of a form in the order they were sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a field; empty where it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Fields whose name starts with `start`, as (rest of the name, value).
    pub fn starting<'a>(&'a self, start: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(start)?, value.as_str())))
    }
}

/// Something typed that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Id of the field, which the summary above the form links to.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Problem {
    /// What is wrong with a field.
    #[must_use]
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }

    /// What is wrong with one of the fields, if anything is.
    #[must_use]
    pub fn of<'a>(problems: &'a [Self], field: &str) -> Option<&'a str> {
        problems.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }
}

/// One line of text as it is kept: no blanks around it, and none that cannot be seen.
///
/// # Errors
/// A sentence that says what to write.
pub fn line(typed: &str, most: usize) -> Result<String, String> {
    let text = typed.trim();
    if text.is_empty() {
        return Err("Write something here.".to_owned());
    }
    let length = text.chars().count();
    if length > most {
        return Err(format!("Use at most {most} characters. You typed {length}."));
    }
    if let Some(unfit) = find_unfit_in_line(text) {
        return Err(say_unfit(unfit));
    }
    Ok(text.to_owned())
}

/// What is said of a character that no text may hold (see [`crate::base::characters::find_unfit`]).
#[must_use]
pub fn say_unfit(unfit: char) -> String {
    format!(
        "This holds a character that cannot be shown (U+{:04X}). Delete it, or type it again by hand.",
        u32::from(unfit)
    )
}

/// A message that makes sense alone, as in the summary above a form: it begins with what it is about.
#[must_use]
pub fn about(what: &str, message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    format!("{what}: {first}{}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::{about, line};

    #[test]
    fn a_message_says_what_it_is_about() {
        assert_eq!(about("Title", "Write something here."), "Title: write something here.");
    }

    #[test]
    fn a_line_is_trimmed_and_says_what_is_wrong_with_it() {
        assert_eq!(line("  a b ", 5).as_deref(), Ok("a b"));
        for (wrong, said) in [(" ", "Write"), ("abcdef", "at most 5"), ("a\nb", "cannot be shown"), ("\u{7}", "cannot")]
        {
            assert!(line(wrong, 5).unwrap_err().contains(said), "{wrong:?}");
        }
    }
}
