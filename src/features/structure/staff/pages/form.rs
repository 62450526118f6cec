//! The form of a page: what was typed, what is wrong with it, and the page it describes.

use crate::base::web::form::{Fields, Problems};
use crate::features::drafts::Draft;
use crate::features::drafts::saving::MadeOf;
use crate::features::structure::model as rules;
use crate::features::structure::staff::{Clash, reorder};
use crate::site::edition::Edition;
use crate::site::model::{Address, PageContent};

/// A page as it was typed, or as it is when the form is opened.
#[derive(Default)]
pub(super) struct PageForm {
    pub(super) made_of: MadeOf,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) address: String,
    pub(super) about_harm: bool,
    pub(super) notices: Vec<(String, String)>,
    pub(super) added: String,
    pub(super) problems: Problems,
    pub(super) clash: Option<Clash>,
}

impl PageForm {
    pub(super) fn of(page: &PageContent, made_of: MadeOf) -> Self {
        let places = page.notices.iter().zip(1..);
        Self {
            made_of,
            title: page.title.clone(),
            description: page.description.clone(),
            address: page.address.path(),
            about_harm: page.about_harm,
            notices: places.map(|(name, place)| (name.to_string(), place.to_string())).collect(),
            ..Self::default()
        }
    }

    pub(super) fn read(sent: &Fields) -> Self {
        Self {
            made_of: MadeOf::read(sent),
            title: sent.get("title").to_owned(),
            description: sent.get("description").to_owned(),
            address: sent.get("address").to_owned(),
            about_harm: !sent.get("about_harm").is_empty(),
            notices: sent.all("notice").zip(sent.all("place")).map(|(a, b)| (a.to_owned(), b.to_owned())).collect(),
            added: sent.get("add").to_owned(),
            ..Self::default()
        }
    }
}

/// What a new page brings along: a text of its own, and a link in the menu or the footer.
#[derive(Default)]
pub(super) struct FirstText {
    /// The id of the change set that it becomes.
    pub(super) id: uuid::Uuid,
    pub(super) markdown: String,
    /// `main`, `footer`, or empty for neither.
    pub(super) menu: String,
    /// What the link says; the title where it is empty.
    pub(super) label: String,
}

impl FirstText {
    pub(super) fn read(sent: &Fields) -> Self {
        Self {
            id: sent.get("id").parse().unwrap_or_else(|_| uuid::Uuid::now_v7()),
            markdown: sent.get("markdown").to_owned(),
            menu: sent.get("menu").to_owned(),
            label: sent.get("label").to_owned(),
        }
    }

    /// Tells that the page comes with nothing of its own.
    pub(super) fn is_empty(&self) -> bool {
        self.markdown.trim().is_empty() && self.menu.is_empty()
    }
}

/// The page that a form describes.
pub(super) fn check(
    edition: &Edition,
    drafts: &[Draft],
    name: Option<&Address>,
    typed: &PageForm,
    press: &str,
    current: Option<&PageContent>,
) -> Result<PageContent, Problems> {
    let texts = rules::texts(edition);
    let (mut notices, mut is_missing) = (Vec::<Address>::new(), false);
    let ordered = reorder(typed.notices.clone(), press, |item, which| item == which);
    // Whichever button is pressed: a text that was chosen is not to be dropped without a word.
    let added = Some(typed.added.clone()).filter(|added| !added.is_empty());
    for notice in ordered.into_iter().chain(added) {
        let stands = current.is_some_and(|page| page.notices.iter().any(|known| *known.as_str() == notice));
        let there = stands || texts.iter().any(|(known, _)| *known == notice);
        match Address::try_from(notice) {
            Ok(notice) if there && !notices.contains(&notice) => notices.push(notice),
            Ok(_) if there => {}
            _ => is_missing = true,
        }
    }
    let home = typed.address.trim() == "/";
    let address = rules::address(if home { "home" } else { &typed.address });
    let mut problems = rules::page_problems(&typed.title, &typed.description, &notices);
    if is_missing {
        problems.add("add", "Only a text that is in force can stand on a page.");
    }
    let Some(address) = problems.check("address", "Address", address) else { return Err(problems) };
    let [title, description] = [&typed.title, &typed.description].map(|typed| typed.trim().to_owned());
    let page = PageContent { address, title, description, notices, about_harm: typed.about_harm };
    let moves = current.is_none_or(|current| current.address != page.address);
    if let (true, Some(name)) = (moves, name)
        && let Err(message) = rules::may_have(edition, drafts, name, &page)
    {
        problems.add("address", message);
    }
    if problems.is_empty() { Ok(page) } else { Err(problems) }
}
