//! The subject of a ledger entry or a draft.

use std::fmt;
use std::str::FromStr;

use crate::base::ledger::{Entry, Kind};
use crate::site::model::Address;

/// The subject of a draft and of its entries in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A notice, by the name that stays when it moves.
    Notice(Address),
    /// A page, by the name that stays when it moves.
    Page(Address),
    /// The force's names, addresses and numbers.
    Facts,
    /// The links around every page.
    Navigation,
    /// The answers that the search puts first.
    Promoted,
}

impl Subject {
    /// The kind of ledger entry that publishing makes.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Notice(_) => Kind::Version,
            Self::Page(_) => Kind::Page,
            Self::Facts => Kind::Facts,
            Self::Navigation => Kind::Navigation,
            Self::Promoted => Kind::Promoted,
        }
    }
}

impl Subject {
    /// A subject as a column holds it.
    pub fn decode(column: &str) -> Result<Self, sqlx::Error> {
        column.parse().map_err(|error: NotASubject| sqlx::Error::Decode(error.into()))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        EntrySubject::from(self).fmt(formatter)
    }
}

/// The subject of a ledger entry. Its name may break the present rules of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntrySubject<'a> {
    /// A notice, by its name.
    Notice(&'a str),
    /// A page, by its name.
    Page(&'a str),
    /// The force's names, addresses and numbers.
    Facts,
    /// The links around every page.
    Navigation,
    /// The answers that the search puts first.
    Promoted,
    /// The opening hours of a service, by its name.
    Hours(&'a str),
    /// Something that this release does not know.
    Unknown(&'a str),
}

impl<'a> EntrySubject<'a> {
    /// The subject of an entry.
    pub fn of(entry: &'a Entry) -> Self {
        match entry.subject.split_once(':') {
            Some(("notice", name)) => Self::Notice(name),
            Some(("page", name)) => Self::Page(name),
            Some(("hours", name)) => Self::Hours(name),
            None if entry.subject == "facts" => Self::Facts,
            None if entry.subject == "navigation" => Self::Navigation,
            None if entry.subject == "promoted" => Self::Promoted,
            _ => Self::Unknown(&entry.subject),
        }
    }

    /// The name of a notice.
    pub fn notice(self) -> Option<&'a str> {
        if let Self::Notice(name) = self { Some(name) } else { None }
    }
}

impl<'a> From<&'a Subject> for EntrySubject<'a> {
    fn from(subject: &'a Subject) -> Self {
        match subject {
            Subject::Notice(name) => Self::Notice(name.as_str()),
            Subject::Page(name) => Self::Page(name.as_str()),
            Subject::Facts => Self::Facts,
            Subject::Navigation => Self::Navigation,
            Subject::Promoted => Self::Promoted,
        }
    }
}

impl fmt::Display for EntrySubject<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notice(name) => write!(formatter, "notice:{name}"),
            Self::Page(name) => write!(formatter, "page:{name}"),
            Self::Hours(name) => write!(formatter, "hours:{name}"),
            Self::Facts => formatter.write_str("facts"),
            Self::Navigation => formatter.write_str("navigation"),
            Self::Promoted => formatter.write_str("promoted"),
            Self::Unknown(subject) => formatter.write_str(subject),
        }
    }
}

/// A text that names no subject that staff can draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("names nothing that can be drafted")]
pub struct NotASubject;

impl FromStr for Subject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, NotASubject> {
        let name = |name: &str| Address::try_from(name.to_owned()).map_err(|_| NotASubject);
        match text.split_once(':') {
            Some(("notice", notice)) => Ok(Self::Notice(name(notice)?)),
            Some(("page", page)) => Ok(Self::Page(name(page)?)),
            None if text == "facts" => Ok(Self::Facts),
            None if text == "navigation" => Ok(Self::Navigation),
            None if text == "promoted" => Ok(Self::Promoted),
            _ => Err(NotASubject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_back_as_written() {
        for text in ["notice:contact", "page:home", "facts", "navigation", "promoted"] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for wrong in ["", "notice", "notice:", "notice:A", "hours:webchat", "facts:x"] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
    }
}
