//! The permissions of roles. A handler asks for one of these with [`By`](crate::desk::permission::By).

use crate::desk::accounts::model::Role;

/// Something that only some roles may do.
pub trait Permission {
    /// One of these is enough; none means that anybody signed in may.
    const ROLES: &'static [Role];
}

/// Anybody signed in: their own account, the dashboard.
pub struct SignedIn;

/// Reading drafts, history, the ledger and the auditor’s sheet.
pub struct Reading;

/// Writing and approving.
pub struct Editing;

/// Commenting on texts, and answering comments.
pub struct Commenting;

/// Letting out, taking back, withdrawing; facts, pages and navigation.
pub struct Publishing;

/// Asking for a redaction.
pub struct Redacting;

/// Signing the answers to what the law asks of a privacy notice.
pub struct Signing;

/// Confirming a redaction that another person asked for.
pub struct ConfirmingRedaction;

/// Reading the audit log.
pub struct Auditing;

/// Looking after accounts.
pub struct Administering;

/// Answering chats.
pub struct Answering;

/// Reading chats that are another's or have ended.
pub struct SupervisingChats;

impl Permission for SignedIn {
    const ROLES: &'static [Role] = &[];
}
impl Permission for Reading {
    const ROLES: &'static [Role] =
        &[Role::Editor, Role::Publisher, Role::DataProtectionOfficer, Role::Auditor, Role::Administrator];
}
impl Permission for Editing {
    const ROLES: &'static [Role] = &[Role::Editor, Role::Publisher];
}
impl Permission for Commenting {
    const ROLES: &'static [Role] = &[Role::Editor, Role::Publisher, Role::DataProtectionOfficer];
}
impl Permission for Publishing {
    const ROLES: &'static [Role] = &[Role::Publisher];
}
impl Permission for Redacting {
    const ROLES: &'static [Role] = &[Role::DataProtectionOfficer];
}
impl Permission for Signing {
    const ROLES: &'static [Role] = &[Role::DataProtectionOfficer];
}
impl Permission for ConfirmingRedaction {
    const ROLES: &'static [Role] = &[Role::DataProtectionOfficer, Role::Publisher, Role::Administrator];
}
impl Permission for Auditing {
    const ROLES: &'static [Role] = &[Role::Auditor, Role::DataProtectionOfficer, Role::Administrator];
}
impl Permission for Administering {
    const ROLES: &'static [Role] = &[Role::Administrator];
}
impl Permission for Answering {
    const ROLES: &'static [Role] = &[Role::WebchatAgent, Role::WebchatSupervisor];
}
impl Permission for SupervisingChats {
    const ROLES: &'static [Role] = &[Role::WebchatSupervisor];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The roles of each permission, written down a second time: who may do what changes only on purpose.
    #[test]
    fn each_permission_has_its_roles() {
        use Role::{Administrator, Auditor, DataProtectionOfficer, Editor, Publisher, WebchatAgent, WebchatSupervisor};
        let expected: [(&[Role], &[Role]); 12] = [
            (SignedIn::ROLES, &[]),
            (Reading::ROLES, &[Editor, Publisher, DataProtectionOfficer, Auditor, Administrator]),
            (Editing::ROLES, &[Editor, Publisher]),
            (Commenting::ROLES, &[Editor, Publisher, DataProtectionOfficer]),
            (Publishing::ROLES, &[Publisher]),
            (Redacting::ROLES, &[DataProtectionOfficer]),
            (Signing::ROLES, &[DataProtectionOfficer]),
            (ConfirmingRedaction::ROLES, &[DataProtectionOfficer, Publisher, Administrator]),
            (Auditing::ROLES, &[Auditor, DataProtectionOfficer, Administrator]),
            (Administering::ROLES, &[Administrator]),
            (Answering::ROLES, &[WebchatAgent, WebchatSupervisor]),
            (SupervisingChats::ROLES, &[WebchatSupervisor]),
        ];
        for (roles, written) in expected {
            assert_eq!(roles, written);
        }
    }
}
