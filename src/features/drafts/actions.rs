//! The actions of drafts, as the audit log records them.

use crate::base::audit::actions;

actions! {
    DRAFT_STARTED = "draft_started", "started a draft";
    DRAFT_SAVED = "draft_saved", "saved a draft";
    DRAFT_MERGED = "draft_merged", "merged their changes with another person's";
    DRAFT_REPLACED = "draft_replaced", "saved a draft over another person's text";
    DRAFT_DISCARDED = "draft_discarded", "deleted a draft";
    DRAFT_SUBMITTED = "draft_submitted", "asked for a review";
    DRAFT_APPROVED = "draft_approved", "approved a draft";
    LAW_SIGNED = "law_signed", "signed the answers to the law's list";
    DRAFT_SENT_BACK = "draft_sent_back", "sent a draft back";
}
