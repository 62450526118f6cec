//! The actions of accounts and of signing in, as the audit log records them.

use crate::base::audit::actions;

actions! {
    STAFF_ADDED = "staff_added", "made an account";
    STAFF_CHANGED = "staff_changed", "changed an account's name, address or roles";
    STAFF_SUSPENDED = "staff_suspended", "suspended an account";
    STAFF_RESTORED = "staff_restored", "restored an account";
    STAFF_RESET = "staff_reset", "reset an account's sign-in";
    STAFF_VOUCHED = "staff_vouched", "vouched for an account";
    LINK_USED = "link_used", "used a set-up link";
    PASSWORD_CHANGED = "password_changed", "set a password";
    TOTP_SET = "totp_set", "set up an authenticator app";
    PASSKEY_ADDED = "passkey_added", "added a passkey";
    PASSKEY_REMOVED = "passkey_removed", "removed a passkey";
    RECOVERY_CODES_MADE = "recovery_codes_made", "made new recovery codes";
    RECOVERY_CODE_USED = "recovery_code_used", "used a recovery code";
    SIGNED_IN = "signed_in", "signed in";
    SIGN_IN_FAILED = "sign_in_failed", "failed to sign in";
    PASSWORD_LOCKED = "password_locked", "had a password locked after many wrong tries";
    PASSWORD_UNLOCKED = "password_unlocked", "unlocked a password";
    SIGNED_OUT = "signed_out", "signed out";
    SESSION_ENDED = "session_ended", "ended a session";
}
