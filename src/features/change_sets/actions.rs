//! The actions of change sets, as the audit log records them.

use crate::base::audit::actions;

actions! {
    SET_MADE = "set_made", "made a change set";
    SET_CHANGED = "set_changed", "changed which parts a change set has";
    SET_SUBMITTED = "set_submitted", "asked for a review of a change set";
    SET_APPROVED = "set_approved", "approved a change set";
    SET_SENT_BACK = "set_sent_back", "sent a change set back";
    SET_CANCELLED = "set_cancelled", "cancelled a change set";
    SET_PUT_BACK = "set_put_back", "put back what a change set changed";
    SET_PUBLISHED = "set_published", "published a change set";
}
