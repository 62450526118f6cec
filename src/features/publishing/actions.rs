//! The actions of publishing and of all that follows, as the audit log records them.

use crate::base::audit::actions;

actions! {
    PUBLISHED = "published", "published a version";
    PUBLISHED_ALONE = "published_alone", "published a version without a second check";
    APPROVED_AFTERWARDS = "approved_afterwards", "approved afterwards what was published without a second check";
    CANCELLED = "cancelled", "cancelled a version before its time";
    WITHDRAWN = "withdrawn", "withdrew a notice";
    WITHDRAWAL_ASKED = "withdrawal_asked", "asked for a withdrawal";
    WITHDRAWAL_DROPPED = "withdrawal_dropped", "dropped a withdrawal that was asked for";
    BANNER_ENDED = "banner_ended", "ended a banner";
    PUT_BACK = "put_back", "put back what was in force before";
    CORRECTED = "corrected", "added a correction";
    REDACTION_ASKED = "redaction_asked", "asked for a redaction";
    REDACTION_REFUSED = "redaction_refused", "refused a redaction";
    REDACTED = "redacted", "confirmed a redaction";
}
