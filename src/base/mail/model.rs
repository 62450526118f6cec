//! Messages, and the times at which they are tried again.

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// A message to one person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The address it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The name that it comes from, such as that of the force; none for the bare address of the settings.
    #[serde(default)]
    pub from_name: Option<String>,
}

impl Message {
    /// A message from the bare address of the settings.
    pub fn new(to: String, subject: String, text: String) -> Self {
        Self { to, subject, text, from_name: None }
    }

    /// Gives the message the name of its sender, which stands before the address.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { from_name: Some(name.to_owned()), ..self }
    }
}

/// Without what it says and to whom, so that a log line cannot hold it by mistake.
impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Message")
    }
}

/// The longest of them.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(12);

/// The waits after a try that failed, by the number of tries so far: a mail server that restarts is back within minutes, one
/// that is repaired within a day.
const WAITS: [SignedDuration; 8] = [
    SignedDuration::from_secs(15),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(3),
    SignedDuration::from_hours(6),
    LONGEST_WAIT,
];

/// The wait after so many tries; none when it is time to give up.
pub fn wait_after(tries: i32) -> Option<SignedDuration> {
    let at = usize::try_from(tries).ok()?.checked_sub(1)?;
    WAITS.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_until_it_is_given_up_after_about_a_day() {
        let waits: Vec<SignedDuration> = (1..).map_while(wait_after).collect();
        assert!(waits.is_sorted());
        assert!(waits.iter().sum::<SignedDuration>() > SignedDuration::from_hours(20));
        assert_eq!(wait_after(i32::try_from(waits.len()).unwrap() + 1), None);
    }

    #[test]
    fn a_message_does_not_show_itself_in_a_log() {
        let message = Message::new("ann@northshire.example".to_owned(), "S".to_owned(), "T".to_owned());
        assert_eq!(format!("{message:?}"), "Message");
    }
}
