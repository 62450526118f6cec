//! The form of a page: what was typed, what is wrong with it, and the page it describes.

use crate::base::web::form::{Fields, Problems, Wrong};
use crate::features::drafts::Draft;
use crate::features::structure::model as rules;
use crate::features::structure::model::MOST_NOTICES;
use crate::features::structure::staff::{Clash, Difference, MadeOf, reorder};
use crate::site::edition::Edition;
use crate::site::model::{Address, PageContent};

/// A page as it was typed, or as it is when the form is opened.
#[derive(Default)]
pub(super) struct PageForm {
    pub(super) made_of: MadeOf,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) address: String,
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
            notices: sent.all("notice").zip(sent.all("place")).map(|(a, b)| (a.to_owned(), b.to_owned())).collect(),
            added: sent.get("add").to_owned(),
            ..Self::default()
        }
    }
}

/// What differs between what was typed and what somebody else saved meanwhile.
pub(super) fn differences(mine: &PageForm, theirs: &PageContent) -> Vec<Difference> {
    let list =
        |notices: &[(String, String)]| notices.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let theirs = PageForm::of(theirs, mine.made_of);
    let rows = [
        ("Title", mine.title.clone(), theirs.title.clone()),
        ("Description", mine.description.clone(), theirs.description.clone()),
        ("Address", mine.address.clone(), theirs.address.clone()),
        ("Texts in order", list(&mine.notices), list(&theirs.notices)),
    ];
    let differing = rows.into_iter().filter(|(_, mine, theirs)| mine != theirs);
    differing.map(|(what, mine, theirs)| Difference { what: what.to_owned(), mine, theirs }).collect()
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
    let mut problems = Problems::default();
    let title = problems.check("title", "Title", rules::title(&typed.title)).unwrap_or_default();
    let description = rules::description(&typed.description);
    let description = problems.check("description", "What it is about", description).unwrap_or_default();
    let texts = rules::texts(edition);
    let mut notices: Vec<Address> = Vec::new();
    let ordered = reorder(typed.notices.clone(), press, |item, which| item == which);
    // Whichever button is pressed: a text that was chosen is not to be dropped without a word.
    let added = Some(typed.added.clone()).filter(|added| !added.is_empty());
    for notice in ordered.into_iter().chain(added) {
        let stands = current.is_some_and(|page| page.notices.iter().any(|known| *known.as_str() == notice));
        let there = stands || texts.iter().any(|(known, _)| *known == notice);
        match Address::try_from(notice) {
            Ok(notice) if there && !notices.contains(&notice) => notices.push(notice),
            Ok(_) if there => {}
            _ => problems.add("add", "Only a text that is in force can stand on a page."),
        }
    }
    if notices.len() > MOST_NOTICES {
        problems.add("add", format!("A page can hold at most {MOST_NOTICES} texts."));
    }
    let home = typed.address.trim() == "/";
    let read = if home {
        Address::try_from("home".to_owned()).map_err(|error| Wrong::from(error.to_string()))
    } else {
        rules::address(&typed.address)
    };
    match read {
        Err(wrong) => problems.add_named("address", "Address", wrong),
        Ok(address) => {
            let page = PageContent { address, title, description, notices };
            let moves = current.is_none_or(|current| current.address != page.address);
            if let (true, Some(name)) = (moves, name)
                && let Err(message) = rules::may_have(&edition.published, drafts, name, &page)
            {
                problems.add("address", message);
            }
            if problems.is_empty() {
                return Ok(page);
            }
        }
    }
    Err(problems)
}
