//! What an entry of the ledger or a draft is about.

use std::fmt;
use std::str::FromStr;

use crate::base::ledger::Kind;
use crate::site::model::Address;

/// What of the site a draft is of: the subject of its entries in the ledger.
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
}

impl Subject {
    /// The kind of ledger entry that publishing makes.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Notice(_) => Kind::Version,
            Self::Page(_) => Kind::Page,
            Self::Facts => Kind::Facts,
            Self::Navigation => Kind::Navigation,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notice(name) => write!(formatter, "notice:{name}"),
            Self::Page(name) => write!(formatter, "page:{name}"),
            Self::Facts => formatter.write_str("facts"),
            Self::Navigation => formatter.write_str("navigation"),
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
            _ => Err(NotASubject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_back_as_written() {
        for text in ["notice:contact", "page:home", "facts", "navigation"] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for wrong in ["", "notice", "notice:", "notice:A", "hours:webchat", "facts:x"] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
    }
}
