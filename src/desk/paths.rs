//! The paths of the staff site: patterns, which the table of routes uses, and the functions that fill them in.

use crate::base::web::paths as shared;
use crate::site::subject::Subject;

shared::paths! {
    HOME = "/";
    GUIDE = "/guide";
    CALENDAR = "/calendar";
    SIGN_IN = "/sign-in";
    SIGN_IN_CODE = "/sign-in/code";
    SIGN_IN_PASSKEY = "/sign-in/passkey";
    SIGN_IN_PASSKEY_START = "/sign-in/passkey/start";
    SIGN_IN_RECOVER = "/sign-in/recover";
    SIGN_OUT = "/sign-out";
    UNLOCK = "/unlock/{secret}", unlock(secret);
    WELCOME = "/welcome/{secret}", welcome(secret);
    WELCOME_PASSKEY = "/welcome/{secret}/passkey", welcome_passkey(secret);
    WELCOME_PASSKEY_START = "/welcome/{secret}/passkey/start", welcome_passkey_start(secret);
    CONFIRM = "/confirm";
    CONFIRM_PASSKEY = "/confirm/passkey";
    CONFIRM_PASSKEY_START = "/confirm/passkey/start";
    RESUME = "/resume/{id}", resume(id);

    ACCOUNT = "/account";
    ACCOUNT_NAME = "/account/name";
    ACCOUNT_SESSION_END = "/account/sessions/{id}/end", account_session_end(id);
    ACCOUNT_SESSIONS_END_OTHERS = "/account/sessions/end-others";
    ACCOUNT_PASSWORD = "/account/password";
    ACCOUNT_APP = "/account/app";
    ACCOUNT_CODES = "/account/codes";
    ACCOUNT_SECRET_KEPT = "/account/secret/kept";
    ACCOUNT_PASSKEYS = "/account/passkeys";
    ACCOUNT_PASSKEYS_START = "/account/passkeys/start";
    ACCOUNT_PASSKEY_REMOVE = "/account/passkeys/{credential}/remove", account_passkey_remove(credential);

    PEOPLE = "/accounts";
    PERSON_NEW = "/accounts/new";
    PERSON = "/accounts/{id}", person(id);
    PERSON_SUSPEND = "/accounts/{id}/suspend", person_suspend(id);
    PERSON_RESTORE = "/accounts/{id}/restore", person_restore(id);
    PERSON_RESET = "/accounts/{id}/reset", person_reset(id);
    PERSON_VOUCH = "/accounts/{id}/vouch", person_vouch(id);
    PERSON_SESSIONS_END = "/accounts/{id}/sessions/end", person_sessions_end(id);

    NOTICES = "/notices";
    NOTICE_NEW = "/notices/new";
    NOTICE = "/notices/{name}", notice(name);
    NOTICE_EDIT = "/notices/{name}/edit", notice_edit(name);
    NOTICE_AUTOSAVE = "/notices/{name}/autosave", notice_autosave(name);
    NOTICE_PRESENCE = "/notices/{name}/presence", notice_presence(name);
    NOTICE_PREVIEW = "/notices/{name}/preview", notice_preview(name);
    NOTICE_COMPARE = "/notices/{name}/compare", notice_compare(name);
    NOTICE_SHEET = "/notices/{name}/sheet", notice_sheet(name);
    NOTICE_END = "/notices/{name}/end", notice_end(name);
    NOTICE_WITHDRAW = "/notices/{name}/withdraw", notice_withdraw(name);
    NOTICE_WITHDRAW_ASK = "/notices/{name}/withdraw/ask", notice_withdraw_ask(name);
    NOTICE_WITHDRAW_CONFIRM = "/notices/{name}/withdraw/confirm", notice_withdraw_confirm(name);
    NOTICE_WITHDRAW_DROP = "/notices/{name}/withdraw/drop", notice_withdraw_drop(name);
    BANNERS = "/banners";
    BANNER_NEW = "/banners/new";
    BANNER_EMERGENCY = "/banners/emergency";

    DRAFT_REVIEW = "/drafts/{subject}/review", draft_review(subject);
    DRAFT_SUBMIT = "/drafts/{subject}/submit", draft_submit(subject);
    DRAFT_APPROVE = "/drafts/{subject}/approve", draft_approve(subject);
    DRAFT_SEND_BACK = "/drafts/{subject}/send-back", draft_send_back(subject);
    DRAFT_SIGN = "/drafts/{subject}/sign", draft_sign(subject);
    DRAFT_DISCARD = "/drafts/{subject}/discard", draft_discard(subject);
    DRAFT_PUBLISH = "/drafts/{subject}/publish", draft_publish(subject);

    DISCUSSION = "/discussions/{subject}", discussion(subject);

    ENTRY_CANCEL = "/entries/{number}/cancel", entry_cancel(number);
    ENTRY_APPROVE = "/entries/{number}/approve", entry_approve(number);
    ENTRY_CORRECT = "/entries/{number}/correct", entry_correct(number);
    ENTRY_RESTORE = "/entries/{number}/restore", entry_restore(number);
    ENTRY_PUT_BACK = "/entries/{number}/put-back", entry_put_back(number);
    ENTRY_REDACT = "/entries/{number}/redact", entry_redact(number);
    REDACTIONS = "/redactions";
    REDACTION = "/redactions/{id}", redaction(id);
    REDACTION_CONFIRM = "/redactions/{id}/confirm", redaction_confirm(id);
    REDACTION_REFUSE = "/redactions/{id}/refuse", redaction_refuse(id);

    FACTS = "/facts";
    FACTS_AFFECTED = "/facts/affected";
    PAGES = "/pages";
    PAGE_NEW = "/pages/new";
    PAGE = "/pages/{name}", page(name);
    PAGE_TAKE_AWAY = "/pages/{name}/take-away", page_take_away(name);
    PAGE_PREVIEW = "/pages/{name}/preview", page_preview(name);
    NAVIGATION = "/navigation";
    PROMOTED = "/promoted-answers";
    SEARCHES = "/searches";

    PREVIEWS = "/previews";
    PREVIEW_NEW = "/previews/new";
    PREVIEW_REVOKE = "/previews/{id}/revoke", preview_revoke(id);

    AUDIT = "/audit";
    AUDIT_CSV = "/audit.csv";
}

/// The path at which staff work on a subject.
pub fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Notice(name) => notice(name),
        Subject::Page(name) => page(name),
        Subject::Facts => FACTS.to_owned(),
        Subject::Navigation => NAVIGATION.to_owned(),
        Subject::Promoted => PROMOTED.to_owned(),
    }
}

/// The path at which the draft of a notice or a banner is written; that of a subject for anything else.
pub fn edit(subject: &Subject) -> String {
    match subject {
        Subject::Notice(name) => notice_edit(name),
        other => self::subject(other),
    }
}

/// The path at which a notice is withdrawn, or a banner ended; that of a subject for anything else.
pub fn withdraw(subject: &Subject) -> String {
    match subject {
        Subject::Notice(name) => notice_withdraw(name),
        other => self::subject(other),
    }
}

/// The address of a page that asks who is there, with the path to go on to where that is not the first page.
pub fn with_next(page: &str, next: &str) -> String {
    if next == "/" {
        return page.to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{page}?next={next}")
}
