//! Sentences about forms of this feature that no kind of problem says.

pub(super) const NO_EMAIL: &str = "Type your email address.";
pub(super) const NO_PASSWORD: &str = "Type your password.";
pub(super) const NO_RECOVERY: &str = "Type one of your recovery codes.";
pub(super) const NO_CODE: &str = "Type the six digits that your app shows.";
pub(super) const NO_ROLE: &str = "Tick at least one role. Somebody without one cannot do anything.";
pub(super) const BAD_EMAIL: &str = "Type your email address, such as ann@northshire.example.";
pub(super) const BAD_EMAIL_OF_OTHER: &str = "Type their email address, such as ann@northshire.example.";
pub(super) const TAKEN: &str = "There is an account with that address already.";

/// The answer to an unknown address, to a wrong password, and for an account whose password needs an unlock link: all the same.
pub(super) const WRONG: &str = "That address and password do not belong together. Check both and try again. After very many wrong tries a \
                                password counts only once its owner has opened the link that we mailed to them.";
pub(super) const WRONG_PASSWORD: &str = "That is not your password. Check it and try again.";
pub(super) const WRONG_CURRENT: &str = "That is not your password of now.";
pub(super) const WRONG_CODE: &str =
    "That code is not right, or it was used before. Wait until the app shows the next one and type that.";
pub(super) const WRONG_NEW_CODE: &str = "That is not the code that the app should show now. Wait for the next one, and check that the phone's clock is right.";
pub(super) const WRONG_RECOVERY: &str = "That recovery code is not right, or it was used before.";
pub(super) const WRONG_PASSKEY: &str = "That passkey did not work here. Try once more.";
pub(super) const WRONG_PASSKEY_AT_SIGN_IN: &str =
    "That passkey did not work here. Try once more, or sign in with your password.";
pub(super) const NEEDS_PASSKEY: &str = "Your account has a passkey, so use that.";
pub(super) const NO_PASSKEY: &str = "The passkey was not made. Try once more.";
pub(super) const NO_FIRST_PASSKEY: &str = "The passkey was not made. Try once more, or choose a password and an app.";

pub(super) const OWN_ROLE: &str = "Nobody gives themself the role of editor, publisher or data protection officer. Another administrator \
                                   does, or whoever runs the site, with “bluelamp staff roles”.";
pub(super) const DOUBTED: &str = "Your account does not count as a second person yet, so it cannot give the roles of editor, publisher and \
                                  data protection officer to an account that is there.";

/// Says of a name that somebody could take it for a colleague's.
pub(super) fn looks_like(colleague: &str) -> String {
    format!(
        "This name looks like that of another account, “{colleague}”. Add what tells the two apart, such as a second name or a department."
    )
}
