//! The actions of preview links, as the audit log records them.

use crate::base::audit::actions;

actions! {
    PREVIEW_MADE = "preview_made", "made a preview link";
    PREVIEW_REVOKED = "preview_revoked", "revoked a preview link";
}
