//! Staff: their roles, and the person behind a request.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

use crate::base::audit::Who;
use crate::base::characters::find_unfit_in_line;
use crate::base::web::form::Wrong;

/// A role. A person may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Writes notices.
    Editor,
    /// Lets notices out.
    Publisher,
    /// Answers chats.
    WebchatAgent,
    /// Leads those who answer chats.
    WebchatSupervisor,
    /// Works on what came in through online forms.
    CaseHandler,
    /// Decides on redactions.
    DataProtectionOfficer,
    /// Reads notices, the ledger and the audit log; changes nothing.
    Auditor,
    /// Looks after accounts.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Editor,
        Self::Publisher,
        Self::WebchatAgent,
        Self::WebchatSupervisor,
        Self::CaseHandler,
        Self::DataProtectionOfficer,
        Self::Auditor,
        Self::Administrator,
    ];

    /// Roles that release or destroy text, which nobody gives themself.
    pub const RELEASING: [Self; 3] = [Self::Editor, Self::Publisher, Self::DataProtectionOfficer];

    /// The name in the database, in forms and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Editor => "editor",
            Self::Publisher => "publisher",
            Self::WebchatAgent => "webchat_agent",
            Self::WebchatSupervisor => "webchat_supervisor",
            Self::CaseHandler => "case_handler",
            Self::DataProtectionOfficer => "data_protection_officer",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// The name for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Editor => "Editor",
            Self::Publisher => "Publisher",
            Self::WebchatAgent => "Webchat agent",
            Self::WebchatSupervisor => "Webchat supervisor",
            Self::CaseHandler => "Case handler",
            Self::DataProtectionOfficer => "Data protection officer",
            Self::Auditor => "Auditor",
            Self::Administrator => "Administrator",
        }
    }

    /// Its permissions, in one sentence.
    pub fn explained(self) -> &'static str {
        match self {
            Self::Editor => "Writes notices and banners, and approves what others wrote.",
            Self::Publisher => "Writes, approves and publishes notices, banners, facts and pages.",
            Self::WebchatAgent => "Answers webchats.",
            Self::WebchatSupervisor => "Leads webchat and its hours.",
            Self::CaseHandler => "Works on what people send through online forms.",
            Self::DataProtectionOfficer => "Asks for the removal of a published text on a legal ground.",
            Self::Auditor => "Reads notices, the ledger and the audit log. Changes nothing.",
            Self::Administrator => "Makes accounts, gives roles and ends sessions.",
        }
    }
}

/// A role that there is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a role: write editor, publisher, webchat_agent, webchat_supervisor, case_handler, data_protection_officer, auditor \
     or administrator"
)]
pub struct NotARole;

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(name: &str) -> Result<Self, NotARole> {
        let name = name.replace('-', "_");
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or(NotARole)
    }
}

/// A person who is signed in, by the session of this request. Only this module makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Actor {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) roles: Vec<Role>,
    pub(super) session: Uuid,
    pub(super) confirmed: Option<Confirmed>,
    pub(super) waiting: i64,
}

/// The time and the way in which a person last showed that it is them who sits at their session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// When.
    pub at: Timestamp,
    /// By a passkey, and not by their password.
    pub by_passkey: bool,
    /// The kept form that it was done for, if for one.
    pub form: Option<Uuid>,
}

impl Actor {
    /// Id of the account.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Their name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Their roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Tells that they have a role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Tells that they have one of some roles. An empty list stands for anybody who is signed in.
    pub fn is_any(&self, roles: &[Role]) -> bool {
        roles.is_empty() || roles.iter().any(|role| self.is(*role))
    }

    /// Their name in the audit log.
    pub fn who(&self) -> Who<'_> {
        Who { id: Some(self.id), name: &self.name }
    }

    /// Public id of their session; the cookie holds another, secret one.
    pub fn session(&self) -> Uuid {
        self.session
    }

    /// How many tasks wait for them, as of the beginning of this request.
    pub fn waiting(&self) -> i64 {
        self.waiting
    }

    /// Sets how many tasks wait for this person.
    #[must_use]
    pub fn with_waiting(self, waiting: i64) -> Self {
        Self { waiting, ..self }
    }

    /// The time and the way in which they last showed that it is them.
    pub fn confirmed(&self) -> Option<Confirmed> {
        self.confirmed
    }
}

/// Without the name, so that a log line cannot hold it by mistake.
impl fmt::Debug for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Actor").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The stage that a sign-in has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The password was right; the second factor is still to come.
    Second,
    /// Signed in.
    Full,
}

impl Stage {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Full => "full",
        }
    }
}

/// A name as it is kept: blanks put in order, 1 to 200 characters that a reader can see. `whose` is said where it cannot be used:
/// "your", "their". Errors: a sentence that says what to write.
pub fn person_name(typed: &str, whose: &str) -> Result<String, Wrong> {
    if let Some(unfit) = find_unfit_in_line(typed.trim()) {
        return Err(Wrong::Unfit(unfit));
    }
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if !(1..=200).contains(&name.chars().count()) || !name.chars().any(char::is_alphabetic) {
        return Err(format!("Type {whose} name, as colleagues know it: 1 to 200 characters.").into());
    }
    Ok(name)
}

/// An address as it is looked up and written to: no blanks around, small letters, and exactly one address of the plain form. None where
/// it is not that.
pub fn email_address(typed: &str) -> Option<String> {
    let address = typed.trim().to_lowercase();
    let (user, host) = address.rsplit_once('@')?;
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let plain_user = user.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let plain = plain_user && host.split('.').all(is_label) && address.len() <= 254;
    (plain && address.parse::<lettre::Address>().is_ok()).then_some(address)
}

/// The place for which an account's address is sealed.
pub fn email_place(staff: Uuid) -> String {
    format!("staff.email:{staff}")
}

/// Roles as the database names them; a role that this release does not know gives nobody anything.
pub(crate) fn roles(names: &[String]) -> Vec<Role> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

pub(crate) fn names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_back_as_written() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        assert_eq!("webchat-agent".parse(), Ok(Role::WebchatAgent));
        assert!("chief".parse::<Role>().is_err());
    }

    #[test]
    fn an_address_is_compared_without_its_capitals() {
        assert_eq!(email_address(" Ann@Northshire.example ").as_deref(), Some("ann@northshire.example"));
        for wrong in ["", "ann", "@x.example", "ann@", "a b@x.example", "ann@.example"] {
            assert_eq!(email_address(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_is_one_address_and_nothing_else() {
        for good in
            ["o'neil+desk@northshire.example", "a.b-c_d@mail.northshire.example", "erin@xn--nrthshire-57a.example"]
        {
            assert_eq!(email_address(good).as_deref(), Some(good));
        }
        for wrong in [
            "a@b.c,d@e.f",
            "<a@b.c>",
            "Ann <a@b.c>",
            "a@b.c\u{202E}",
            "a\u{200B}@b.c",
            "a@b\u{200B}.c",
            "a..b@c.d",
            ".a@b.c",
            "a.@b.c",
            "a@b..c",
            "a@-b.c",
            "a@b-.c",
            "a@[127.0.0.1]",
            "\"a b\"@c.d",
            "a@b@c.d",
            "a@b.c\nbcc:d@e.f",
            "a;b@c.d",
            "a@b.c;",
            "(x)a@b.c",
            "\u{430}nn@northshire.example",
            "a\\@b.c",
            "mailto:a@b.c",
        ] {
            assert_eq!(email_address(wrong), None, "{wrong:?}");
        }
        assert_eq!(email_address(&format!("{}@b.example", "a".repeat(65))), None);
    }

    proptest::proptest! {
        #[test]
        fn no_character_makes_one_address_two(before in "[a-z]{1,5}", c in proptest::char::any(), after in "[a-z]{1,5}") {
            let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
            let typed = format!("{before}{c}{after}@northshire.example");
            proptest::prop_assert_eq!(email_address(&typed).is_some(), c.to_lowercase().all(plain), "{}", typed);
        }
    }

    #[test]
    fn a_name_is_on_one_line_and_can_be_seen() {
        assert_eq!(person_name("  Siân  O’Neill ", "your").as_deref(), Ok("Siân O’Neill"));
        for wrong in ["", "...", "Pat\u{200B}", "\u{202E}evE", "Pat\u{7}", "Pat\u{FEFF}", "Pat\nLee", "\u{3164}"] {
            assert!(person_name(wrong, "your").is_err(), "{wrong:?}");
        }
    }
}
