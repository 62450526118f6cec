//! What is recorded of preview links.

use crate::base::audit::actions;

actions! {
    PREVIEW_MADE = "preview_made", "made a preview link";
    PREVIEW_REVOKED = "preview_revoked", "revoked a preview link";
}
