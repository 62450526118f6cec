//! What is recorded, by whom, and how the chain over it is made.

use std::fmt::Write as _;

use jiff::Timestamp;
use uuid::Uuid;

use crate::base::ledger::Hash;
use crate::base::ledger::model::canonical_time;

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who<'a> {
    /// The account, where there is one.
    pub id: Option<Uuid>,
    /// The name at the time.
    pub name: &'a str,
}

impl Who<'static> {
    /// Whoever typed a command on a node.
    pub const CONSOLE: Self = Self { id: None, name: "command line" };
    /// Nobody that is known: a failed sign-in.
    pub const NOBODY: Self = Self { id: None, name: "nobody known" };
}

/// What was done. The names are part of the record: none is ever changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each says itself; `words` says it to people")]
pub enum Action {
    StaffAdded,
    StaffChanged,
    StaffSuspended,
    StaffRestored,
    StaffReset,
    StaffVouched,
    LinkUsed,
    PasswordChanged,
    TotpSet,
    PasskeyAdded,
    PasskeyRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    SignedIn,
    SignInFailed,
    PasswordLocked,
    PasswordUnlocked,
    SignedOut,
    SessionEnded,
    DraftStarted,
    DraftSaved,
    DraftDiscarded,
    DraftSubmitted,
    DraftApproved,
    DraftSentBack,
    Published,
    PublishedAlone,
    ApprovedAfterwards,
    Cancelled,
    Withdrawn,
    WithdrawalAsked,
    WithdrawalDropped,
    BannerEnded,
    PutBack,
    Corrected,
    RedactionAsked,
    RedactionRefused,
    Redacted,
    PreviewMade,
    PreviewRevoked,
    AuditRead,
    AuditExported,
    SheetRead,
    Imported,
    PublicLogRestarted,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 45] = [
        Self::StaffAdded,
        Self::StaffChanged,
        Self::StaffSuspended,
        Self::StaffRestored,
        Self::StaffReset,
        Self::StaffVouched,
        Self::LinkUsed,
        Self::PasswordChanged,
        Self::TotpSet,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::SignedIn,
        Self::SignInFailed,
        Self::PasswordLocked,
        Self::PasswordUnlocked,
        Self::SignedOut,
        Self::SessionEnded,
        Self::DraftStarted,
        Self::DraftSaved,
        Self::DraftDiscarded,
        Self::DraftSubmitted,
        Self::DraftApproved,
        Self::DraftSentBack,
        Self::Published,
        Self::PublishedAlone,
        Self::ApprovedAfterwards,
        Self::Cancelled,
        Self::Withdrawn,
        Self::WithdrawalAsked,
        Self::WithdrawalDropped,
        Self::BannerEnded,
        Self::PutBack,
        Self::Corrected,
        Self::RedactionAsked,
        Self::RedactionRefused,
        Self::Redacted,
        Self::PreviewMade,
        Self::PreviewRevoked,
        Self::AuditRead,
        Self::AuditExported,
        Self::SheetRead,
        Self::Imported,
        Self::PublicLogRestarted,
    ];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        self.said().0
    }

    /// What was done, for people.
    pub fn words(self) -> &'static str {
        self.said().1
    }

    fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::StaffAdded => ("staff_added", "made an account"),
            Self::StaffChanged => ("staff_changed", "changed an account's name, address or roles"),
            Self::StaffSuspended => ("staff_suspended", "suspended an account"),
            Self::StaffRestored => ("staff_restored", "restored an account"),
            Self::StaffReset => ("staff_reset", "reset an account's sign-in"),
            Self::StaffVouched => ("staff_vouched", "vouched for an account"),
            Self::LinkUsed => ("link_used", "used a set-up link"),
            Self::PasswordChanged => ("password_changed", "set a password"),
            Self::TotpSet => ("totp_set", "set up an authenticator app"),
            Self::PasskeyAdded => ("passkey_added", "added a passkey"),
            Self::PasskeyRemoved => ("passkey_removed", "removed a passkey"),
            Self::RecoveryCodesMade => ("recovery_codes_made", "made new recovery codes"),
            Self::RecoveryCodeUsed => ("recovery_code_used", "used a recovery code"),
            Self::SignedIn => ("signed_in", "signed in"),
            Self::SignInFailed => ("sign_in_failed", "failed to sign in"),
            Self::PasswordLocked => ("password_locked", "had a password locked after many wrong tries"),
            Self::PasswordUnlocked => ("password_unlocked", "unlocked a password"),
            Self::SignedOut => ("signed_out", "signed out"),
            Self::SessionEnded => ("session_ended", "ended a session"),
            Self::DraftStarted => ("draft_started", "started a draft"),
            Self::DraftSaved => ("draft_saved", "saved a draft"),
            Self::DraftDiscarded => ("draft_discarded", "threw a draft away"),
            Self::DraftSubmitted => ("draft_submitted", "asked for a review"),
            Self::DraftApproved => ("draft_approved", "approved a draft"),
            Self::DraftSentBack => ("draft_sent_back", "sent a draft back"),
            Self::Published => ("published", "published a version"),
            Self::PublishedAlone => ("published_alone", "published a version alone"),
            Self::ApprovedAfterwards => ("approved_afterwards", "approved afterwards what was published alone"),
            Self::Cancelled => ("cancelled", "cancelled a version before its time"),
            Self::Withdrawn => ("withdrawn", "withdrew a notice"),
            Self::WithdrawalAsked => ("withdrawal_asked", "asked for a withdrawal"),
            Self::WithdrawalDropped => ("withdrawal_dropped", "dropped a withdrawal that was asked for"),
            Self::BannerEnded => ("banner_ended", "ended a banner"),
            Self::PutBack => ("put_back", "put back what was in force before"),
            Self::Corrected => ("corrected", "added a correction"),
            Self::RedactionAsked => ("redaction_asked", "asked for a redaction"),
            Self::RedactionRefused => ("redaction_refused", "refused a redaction"),
            Self::Redacted => ("redacted", "confirmed a redaction"),
            Self::PreviewMade => ("preview_made", "made a preview link"),
            Self::PreviewRevoked => ("preview_revoked", "revoked a preview link"),
            Self::AuditRead => ("audit_read", "read the audit log"),
            Self::AuditExported => ("audit_exported", "exported the audit log"),
            Self::SheetRead => ("sheet_read", "opened an auditor's sheet"),
            Self::Imported => ("imported", "imported a folder"),
            Self::PublicLogRestarted => ("public_log_restarted", "opened another public log"),
        }
    }

    /// The action with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// Whose rows to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doer {
    /// An account.
    Staff(Uuid),
    /// Whoever typed a command on a node.
    Console,
    /// Nobody that is known.
    Nobody,
}

/// Which rows to show; each part narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose.
    pub who: Option<Doer>,
    /// Of what sort.
    pub action: Option<Action>,
    /// About what exactly.
    pub subject: Option<String>,
    /// From this instant.
    pub from: Option<Timestamp>,
    /// Before this one.
    pub before: Option<Timestamp>,
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number; numbers grow, with gaps.
    pub id: i64,
    /// When it was done, by the database's clock.
    pub at: Timestamp,
    /// The account that did it, where one did.
    pub actor: Option<Uuid>,
    /// Their name at the time.
    pub actor_name: String,
    /// Name of the action.
    pub action: String,
    /// What it was done to, such as `notice:contact` or `staff:` and an id.
    pub subject: String,
    /// More about it, as JSON.
    pub details: String,
}

impl Recorded {
    /// The hash of the row in its place of the chain: over a format line, the place, the hash before it, and every field with its
    /// length in bytes in front, so that no field can reach into the next.
    pub fn hash(&self, position: i64, previous: Hash) -> Hash {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "bluelamp-audit-1\n{position}\n{previous}\n{}\n{}\n{}\n",
            self.id,
            canonical_time(self.at),
            self.actor.map_or_else(|| "-".to_owned(), |actor| actor.to_string()),
        );
        for field in [&self.actor_name, &self.action, &self.subject, &self.details] {
            let _ = writeln!(text, "{}\n{field}", field.len());
        }
        Hash::of(text.as_bytes())
    }
}

/// Rows that are not sealed yet: a moment's work while a node runs. Older ones are what is left where nodes ended by force, or where
/// seals were cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// How many.
    pub rows: i64,
    /// Number of the first.
    pub first: i64,
    /// When it was written.
    pub since: Timestamp,
    /// True where a sealing node was still running a minute later: it should have sealed the row.
    pub overdue: bool,
}

/// A seal with the row that it holds, where that is still there.
pub struct Sealed {
    /// Its place.
    pub position: i64,
    /// Number of the row.
    pub entry: i64,
    /// The hash before; none where it cannot be read.
    pub previous: Option<Hash>,
    /// Its hash; none where it cannot be read.
    pub hash: Option<Hash>,
    /// The row.
    pub row: Option<Recorded>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_have_one_name() {
        for action in Action::ALL {
            assert_eq!(Action::named(action.name()), Some(action));
        }
    }

    #[test]
    fn a_row_is_bound_to_its_place_and_to_each_field() {
        let row = Recorded {
            id: 7,
            at: "2026-11-24T12:00:00Z".parse().unwrap(),
            actor: None,
            actor_name: "a".to_owned(),
            action: "published".to_owned(),
            subject: "notice:contact".to_owned(),
            details: "{}".to_owned(),
        };
        let hash = row.hash(1, Hash::ZERO);
        assert_ne!(row.hash(2, Hash::ZERO), hash);
        assert_ne!(row.hash(1, Hash::of(b"x")), hash);
        let moved = Recorded { actor_name: "a\n9\npublished".to_owned(), ..row.clone() };
        assert_ne!(moved.hash(1, Hash::ZERO), hash);
        let other = Recorded { details: "{\"a\":1}".to_owned(), ..row };
        assert_ne!(other.hash(1, Hash::ZERO), hash);
    }
}
