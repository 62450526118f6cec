//! What stands around the content of every staff page: the data that `templates/layouts/staff.html` reads.

use jiff::Timestamp;

use crate::base::clock::time_words;
use crate::base::web::shell::Link;

/// The shell of a staff page.
#[derive(Clone, Debug, Default)]
pub struct StaffShell {
    /// The page's title, without the site's name.
    pub title: String,
    /// The force's name.
    pub force_name: String,
    /// Who is signed in.
    pub person: Option<String>,
    /// The main navigation, as far as their roles reach.
    pub navigation: Vec<Link>,
    /// Path of the page.
    pub path: String,
    /// What the last press of a button did, said once above the content.
    pub said: Option<String>,
    /// Why nothing can be saved just now.
    pub warning: Option<&'static str>,
    /// Address of the style sheet.
    pub stylesheet: &'static str,
    /// Address of the script.
    pub script: &'static str,
    /// Address of the icon.
    pub icon: &'static str,
    /// Address of the public site.
    pub public_url: String,
}

impl StaffShell {
    /// Whether a link of the navigation is the section that this page belongs to.
    #[must_use]
    pub fn is_here(&self, href: &str) -> bool {
        if href == "/" { self.path == "/" } else { self.path == href || self.path.starts_with(&format!("{href}/")) }
    }

    /// The same with what was done.
    #[must_use]
    pub fn saying(mut self, said: Option<String>) -> Self {
        self.said = said;
        self
    }
}

/// What the last press of a button did, by the word that its redirect carries: `?done=saved`.
#[must_use]
pub fn said(query: Option<&str>) -> Option<String> {
    let part = |name: &str| query?.split('&').find_map(|pair| pair.strip_prefix(name));
    let word = part("done=")?;
    if let Some(sentence) = with_its_part(word, part("at="), part("many=")) {
        return Some(sentence);
    }
    DONE.iter().find(|(known, _)| *known == word).map(|(_, sentence)| (*sentence).to_owned())
}

/// Words that say more with what the redirect carries besides.
fn with_its_part(word: &str, at: Option<&str>, many: Option<&str>) -> Option<String> {
    match word {
        "scheduled" => {
            let at: Timestamp = at?.parse().ok()?;
            Some(format!("Scheduled. It comes into force on {}, London time.", time_words(at)))
        }
        "facts" => {
            let many: u16 = many?.parse().ok()?;
            let say = if many == 1 {
                "1 notice in force still says".to_owned()
            } else {
                format!("{many} notices in force still say")
            };
            Some(format!("Published. {say} what was so before. Go on with “Bring them up to date” below."))
        }
        _ => None,
    }
}

/// In the order of their words.
const DONE: &[(&str, &str)] = &[
    ("added", "The account is made."),
    ("added-mailed", "The account is made, and a link to set it up was sent to its owner's address."),
    ("app", "The new app is set up. The old one does not count any more."),
    ("approved", "Approved."),
    ("asked", "Waiting for a second person to confirm it. They were told by e-mail."),
    ("back", "Sent back with your comment."),
    ("banner-ended", "Ended. It is off all pages."),
    ("cancelled", "Cancelled. It will not come into force."),
    ("corrected", "The correction stands beside the version now."),
    ("discarded", "The draft was thrown away."),
    ("drafted", "The drafts are made. Publish them one by one, or read them first."),
    ("dropped", "Dropped. It stays as it is."),
    ("ended", "Signed out there."),
    ("kept", "Good. It is not shown again."),
    (
        "link-sent",
        "If that address and that code belong together, a link to set up your sign-in is on its way to that address. It holds for \
         one hour.",
    ),
    ("passkey", "The passkey is added."),
    ("passkey-removed", "The passkey is removed."),
    ("password", "The new password is set. You are signed out everywhere else."),
    ("published", "Published. It is in force on the public site now."),
    ("put-back", "What was in force before is back on the public site."),
    ("recovered", "You used a recovery code. If you have lost your phone, set up another app here."),
    ("redacted", "The text was destroyed. What is left says when and on what ground."),
    ("refused", "Refused. Nothing was removed."),
    ("reset", "The sign-in is reset. Give the new link to its owner."),
    ("reset-mailed", "The sign-in is reset, and a new link was sent to its owner's address."),
    ("restored", "The account is restored."),
    ("revoked", "Revoked. The link shows nothing any more."),
    ("saved", "Saved."),
    ("scheduled", "Scheduled. It comes into force at its time."),
    ("signed-out", "You are signed out."),
    ("unlocked", "Your password is unlocked. Sign in with it."),
    ("started-again", "A new draft was made of it. Nothing is published yet."),
    ("submitted", "Waiting for a second person. They were told by e-mail."),
    ("suspended", "The account is suspended and signed out everywhere."),
    ("unchanged", "Nothing was changed, so there was nothing to save."),
    ("vouched", "You have vouched for the account."),
    ("withdrawn", "Withdrawn. Its address says so and where to go instead."),
];

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn only_known_words_are_said() {
        assert_eq!(said(Some("a=b&done=saved")).as_deref(), Some("Saved."));
        assert_eq!(said(Some("done=%3Cscript%3E")), None);
        assert_eq!(said(None), None);
        let at = "done=scheduled&at=2026-12-01T09:00:00Z";
        assert_eq!(
            said(Some(at)).as_deref(),
            Some("Scheduled. It comes into force on 1 December 2026 at 09:00, London time.")
        );
        let wrong = said(Some("done=scheduled&at=%3Cscript%3E"));
        assert_eq!(wrong.as_deref(), Some("Scheduled. It comes into force at its time."));
    }
}
