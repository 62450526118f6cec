//! The sentence about the last action: a redirect carries a word for it (`?done=saved`), and the page that it leads to says the
//! sentence.

use jiff::Timestamp;

use crate::base::clock::time_words;

/// Declares the actions that need nothing but a word and a sentence.
macro_rules! flashes {
    ($($name:ident = $word:literal, $sentence:literal;)+) => {
        /// An action that was just carried out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flash {
            $(
                #[doc = $sentence]
                $name,
            )+
            /// Something comes into force later, at a time if the address names one.
            Scheduled(Option<Timestamp>),
            /// Facts were published, and this many notices in force still show the old details.
            FactsPublished(u16),
        }

        /// The plain actions with their words and sentences.
        const PLAIN: &[(Flash, &str, &str)] = &[$((Flash::$name, $word, $sentence)),+];
    };
}

flashes! {
    AccountAdded = "added", "The account is made.";
    AccountMailed = "added-mailed", "The account is made, and a link to set it up was sent to its owner's address.";
    AppReplaced = "app", "The new app is set up. The old one does not count any more.";
    Approved = "approved", "Approved.";
    RemovalAsked = "asked", "Waiting for a second person to confirm it. They were told by email.";
    SentBack = "back", "Sent back with your comment.";
    BannerEnded = "banner-ended", "Ended. It is off all pages.";
    Cancelled = "cancelled", "Cancelled. It will not come into force.";
    Commented = "commented", "Your comment is added. Those who work on this text are told by email.";
    Corrected = "corrected", "The correction stands beside the version now.";
    Discarded = "discarded", "The draft was deleted.";
    DraftsMade = "drafted", "The drafts are made. Publish them one by one, or read them first.";
    RequestDropped = "dropped", "Dropped. It stays as it is.";
    SessionEnded = "ended", "Signed out there.";
    SecretKept = "kept", "Good. It will not be shown again.";
    SetUpLinkSent = "link-sent", "If that address and that code belong together, a link to set up your sign-in is on its way to that address. It holds for \
         one hour.";
    PasskeyAdded = "passkey", "The passkey is added.";
    PasskeyRemoved = "passkey-removed", "The passkey is removed.";
    PasswordSet = "password", "The new password is set. You are signed out everywhere else.";
    Merged = "merged", "Saved: the draft has the changes of both of you. The other person was told by email.";
    Published = "published", "Published. It is in force on the public site now.";
    PutBack = "put-back", "What was in force before is back on the public site.";
    RecoveryCodeUsed = "recovered", "You used a recovery code. If you have lost your phone, set up another app here.";
    Redacted = "redacted", "The text was destroyed. What is left says when and on what ground.";
    RemovalRefused = "refused", "Refused. Nothing was removed.";
    LawSigned = "law-signed", "Signed. An answer is asked about again only where it or its passage changes.";
    SignInReset = "reset", "The sign-in is reset. Give the new link to its owner.";
    SignInResetMailed = "reset-mailed", "The sign-in is reset, and a new link was sent to its owner's address.";
    AccountRestored = "restored", "The account is restored.";
    Revoked = "revoked", "Revoked. The link shows nothing any more.";
    Saved = "saved", "Saved.";
    SignedOut = "signed-out", "You are signed out.";
    PasswordUnlocked = "unlocked", "Your password is unlocked. Sign in with it.";
    StartedAgain = "started-again", "A new draft was made of it. Nothing is published yet.";
    Submitted = "submitted", "Waiting for a second person. They were told by email.";
    SetCancelled = "set-cancelled", "The set is cancelled. Its drafts are there as before, each by itself.";
    SetPublished = "set-published", "Published. All of it is in force on the public site now.";
    SubmittedToAll = "submitted-to-all", "Waiting for a second person. Whoever you asked by name cannot review this text, so everybody who can was told by email.";
    SubmittedToOne = "submitted-to-one", "Waiting for whoever you asked. They were told by email.";
    AccountSuspended = "suspended", "The account is suspended and signed out everywhere.";
    Unchanged = "unchanged", "Nothing was changed, so there was nothing to save.";
    AccountVouched = "vouched", "You have vouched for the account.";
    Withdrawn = "withdrawn", "Withdrawn. Its address says so and where to go instead.";
}

impl Flash {
    /// The address of a page that says the sentence.
    pub fn at(self, path: &str) -> String {
        let plain = || PLAIN.iter().find(|(flash, ..)| *flash == self).map_or("", |(_, word, _)| *word).to_owned();
        let words = match self {
            Self::Scheduled(Some(at)) => format!("scheduled&at={at}"),
            Self::Scheduled(None) => "scheduled".to_owned(),
            Self::FactsPublished(many) => format!("facts&many={many}"),
            _ => plain(),
        };
        format!("{path}?done={words}")
    }

    /// Reads the action from the query of an address.
    pub fn of(query: Option<&str>) -> Option<Self> {
        let part = |name: &str| query?.split('&').find_map(|pair| pair.strip_prefix(name));
        match part("done=")? {
            "scheduled" => Some(Self::Scheduled(part("at=").and_then(|at| at.parse().ok()))),
            "facts" => part("many=").and_then(|many| many.parse().ok()).map(Self::FactsPublished),
            said => PLAIN.iter().find(|(_, word, _)| *word == said).map(|(flash, ..)| *flash),
        }
    }

    /// The sentence.
    pub fn sentence(self) -> String {
        match self {
            Self::Scheduled(Some(at)) => format!("Scheduled. It comes into force on {}, London time.", time_words(at)),
            Self::Scheduled(None) => "Scheduled. It comes into force at its time.".to_owned(),
            Self::FactsPublished(many) => {
                let say = if many == 1 {
                    "1 notice in force still shows".to_owned()
                } else {
                    format!("{many} notices in force still show")
                };
                format!("Published. {say} the old details. Go on with “Bring them up to date” below.")
            }
            _ => PLAIN.iter().find(|(flash, ..)| *flash == self).map_or("", |(.., sentence)| *sentence).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_was_done() {
        let scheduled = Flash::Scheduled("2026-12-01T09:00:00Z".parse().ok());
        assert_eq!(scheduled.at("/a"), "/a?done=scheduled&at=2026-12-01T09:00:00Z");
        let all = PLAIN.iter().map(|(flash, ..)| *flash).chain([scheduled, Flash::FactsPublished(2)]);
        for flash in all {
            let address = flash.at("/a");
            assert_eq!(Flash::of(address.strip_prefix("/a?")), Some(flash), "{address}");
            assert!(!flash.sentence().is_empty(), "{address}");
        }
    }

    #[test]
    fn only_known_words_are_said() {
        let said = |query| Flash::of(Some(query)).map(Flash::sentence);
        assert_eq!(said("a=b&done=saved").as_deref(), Some("Saved."));
        assert_eq!(said("done=%3Cscript%3E"), None);
        assert_eq!(Flash::of(None), None);
        let at = said("done=scheduled&at=2026-12-01T09:00:00Z");
        assert_eq!(at.as_deref(), Some("Scheduled. It comes into force on 1 December 2026 at 09:00, London time."));
        let wrong = said("done=scheduled&at=%3Cscript%3E");
        assert_eq!(wrong.as_deref(), Some("Scheduled. It comes into force at its time."));
    }
}
