//! Sentences about a page that is taken away.

pub(super) const PAGE_IS_NEEDED: &str = "The program itself leads people to this page, so it cannot be taken away.";
pub(super) const NO_REASON: &str = "Say in 10 to 2,000 characters why the page goes. The public can read it.";
pub(super) const NO_PLACE: &str = "Choose the page that visitors are sent to, or say that the page is gone.";
pub(super) const OWN_PLACE: &str = "That is the page that goes. Send visitors somewhere else.";
pub(super) const NO_CHOICE: &str = "Say where this text goes.";
pub(super) const SAME_ADDRESS: &str = "This text has the same address as the page, so visitors would be led away from it. Move it to another page or \
     withdraw it, or say that the page is gone.";
pub(super) const NAVIGATION_IS_DRAFTED: &str =
    "A link to this page has to go, and there is a draft of the navigation. Publish or delete that first.";

/// Says that there is a draft of a page that would change.
pub(super) fn page_is_drafted(title: &str) -> String {
    format!("There is a draft of the page “{title}”. Publish or delete it first.")
}
