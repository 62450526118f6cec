//! The checks of a text in a file: the same as of one that is written in the editor.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::base::characters::find_unfit;
use crate::base::web::form::Wrong;
use crate::base::web::respond::local_path;
use crate::features::archive::files::{FileError, Folder, PageFile, Pages};
use crate::features::archive::front_matter;
use crate::features::archive::front_matter::VersionFile;
use crate::features::drafts::NoticeDraft;
use crate::features::drafts::checks;
use crate::features::drafts::checks::Problem;
use crate::features::publishing::model::LONGEST_REASON;
use crate::features::structure as arrange;
use crate::site::declared::Declared;
use crate::site::free_addresses as addresses;
use crate::site::model::{Address, Facts, NavigationLink, Promoted};
use crate::site::published::Published;
use crate::site::subject::Subject;
use crate::text::markdown;
use crate::text::markdown::MarkdownProblem;

/// A folder's files against the site as it is and against one another.
pub(super) struct FileChecks<'a> {
    declared: &'a Declared,
    site: &'a Published,
    now: Timestamp,
    /// By address: the notices of the folder that ask for it. A name counts as one.
    notices: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// By address: the pages of the folder.
    pages: BTreeMap<&'a str, Vec<&'a PageFile>>,
}

impl<'a> FileChecks<'a> {
    pub(super) fn new(folder: &'a Folder, declared: &'a Declared, site: &'a Published, now: Timestamp) -> Self {
        let mut notices: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (notice, _) in folder.versions.keys() {
            notices.entry(notice).or_default().insert(notice);
        }
        for ((notice, _), file) in folder.versions.iter().filter(|(_, file)| file.front.absent.is_none()) {
            let address = file.front.address.as_ref().map_or(notice.as_str(), Address::as_str);
            notices.entry(address).or_default().insert(notice);
        }
        let mut pages: BTreeMap<&str, Vec<&PageFile>> = BTreeMap::new();
        for page in folder.pages.iter().flat_map(|pages| &pages.pages) {
            pages.entry(page.page.address.as_str()).or_default().push(page);
        }
        Self { declared, site, now, notices, pages }
    }

    /// Refuses a version that the editor would refuse, naming every line.
    pub(super) fn version(&self, notice: &str, file: &VersionFile) -> Result<(), FileError> {
        let mut found = Vec::new();
        let front = &file.front;
        let in_force = front.in_force.as_ref().map(front_matter::instant).transpose().unwrap_or_else(|reason| {
            found.push(said(file.line_of(&["in_force"]), &reason));
            None
        });
        if let Some(Err(reason)) = front.review_by.as_ref().map(front_matter::date) {
            found.push(said(file.line_of(&["review_by"]), &reason));
        }
        if let Some(Err(reason)) =
            front.banner.as_ref().and_then(|banner| banner.ends.as_ref()).map(front_matter::instant)
        {
            found.push(said(file.line_of(&["ends"]), &reason));
        }
        if let Ok(content) = file.content(notice, String::new()) {
            let draft = NoticeDraft { change_note: content.change_note.clone(), ..NoticeDraft::from_version(&content) };
            let problems = checks::content(&draft, in_force.unwrap_or(self.now));
            let pages = draft.banner.iter().flat_map(|banner| &banner.pages).filter(|page| !self.is_page(page));
            let pages = pages.map(|page| Problem::of("everywhere", checks::no_such_page(page)));
            let address = self.address(&front.notice, &content.address).map(|message| Problem::of("address", message));
            let all = problems.into_iter().chain(pages).chain(address);
            found.extend(all.map(|problem| said(line_of(file, &problem), &problem.message)));
        }
        if found.is_empty() { Ok(()) } else { Err(FileError::new(&file.name, &found.join("; "))) }
    }

    /// Tells why a notice cannot be read at an address, if it cannot.
    fn address(&self, name: &Address, wanted: &Address) -> Option<String> {
        let taken =
            |owner: &str| Some(format!("The address {} belongs to {owner}. Choose another one.", wanted.path()));
        let rivals = self.notices.get(wanted.as_str());
        if let Some(other) = rivals.and_then(|rivals| rivals.iter().find(|other| **other != name.as_str())) {
            return taken(&format!("the notice “{other}”"));
        }
        let pages = self.pages.get(wanted.as_str()).into_iter().flatten();
        if let Some(page) = pages.into_iter().find(|page| !page.page.notices.contains(name)) {
            return taken(&format!("the page “{}”, which does not show this notice", page.name()));
        }
        addresses::problem(self.declared, self.site, &Subject::Notice(name.clone()), wanted, &[])
    }

    /// Tells whether a banner can be shown on it.
    fn is_page(&self, page: &str) -> bool {
        page == "all"
            || self.declared.is_own(page)
            || self.pages.contains_key(page)
            || self.notices.contains_key(page)
            || self.site.page_known_at(page, self.now).is_some()
            || self.site.notice_at(page, self.now).is_some()
    }

    /// Refuses a page that staff could not publish.
    pub(super) fn page(&self, file: &PageFile) -> Result<(), FileError> {
        let (page, name) = (&file.page, file.name());
        let wrong = |reason: &str| Err(FileError::new("pages.toml", &format!("the page “{name}”: {reason}")));
        for (what, checked) in [
            ("title", arrange::model::title(&page.title)),
            ("description", arrange::model::description(&page.description)),
        ] {
            if let Err(reason) = checked {
                return wrong(&format!("{what}: {reason}"));
            }
        }
        if page.notices.is_empty() || page.notices.len() > arrange::model::MOST_NOTICES {
            return wrong(&format!("put 1 to {} notices on it", arrange::model::MOST_NOTICES));
        }
        if page.notices.iter().collect::<BTreeSet<_>>().len() < page.notices.len() {
            return wrong("a notice stands on it twice");
        }
        if self.pages.get(page.address.as_str()).is_some_and(|pages| pages.len() > 1) {
            return wrong(&format!("another page has the address {} too", page.address.path()));
        }
        match addresses::problem(self.declared, self.site, &Subject::Page(name.clone()), &page.address, &page.notices) {
            Some(reason) => wrong(&reason),
            None => Ok(()),
        }
    }
}

/// The problems of a file's Markdown, with the lines of the file.
pub(super) fn lines(file: &VersionFile, problems: &[MarkdownProblem]) -> Vec<String> {
    problems.iter().map(|problem| said(problem.line + file.line - 1, &problem.message)).collect()
}

/// The remarks of the editor on the text of a file, with the file and its lines: what stands in the way of publishing it, and what may not
/// be shown as it was meant.
pub(super) fn remarks(file: &VersionFile, notice: &str, facts: &Facts) -> Vec<String> {
    let problems = markdown::render(&file.markdown, notice, facts).err().unwrap_or_default();
    let meant = checks::meant(&file.markdown, facts);
    let line = |problem: &Problem| problem.line.map_or(file.line, |line| line + file.line - 1);
    let meant = meant.iter().map(|problem| said(line(problem), &problem.message));
    let all = lines(file, &problems).into_iter().chain(meant);
    all.map(|remark| format!("{}: {remark}", file.name)).collect()
}

fn said(line: usize, message: &str) -> String {
    format!("line {line}: {message}")
}

/// Refuses facts that staff could not save.
pub(super) fn facts(facts: &Facts) -> Result<(), FileError> {
    for (name, value) in facts {
        let checked =
            arrange::facts::name(name).and_then(|_| arrange::facts::value(value).map_err(|wrong| wrong.to_string()));
        checked.map_err(|reason| FileError::new("facts.toml", &format!("{name}: {reason}")))?;
    }
    Ok(())
}

/// Refuses promoted answers that staff could not save. Whether a page is there is not asked: the folder may bring it.
pub(super) fn promoted(promoted: &Promoted) -> Result<(), FileError> {
    let problems = arrange::promoted::problems_of_form(promoted).sentences();
    if problems.is_empty() { Ok(()) } else { Err(FileError::new("promoted.toml", &problems.join(" "))) }
}

/// Refuses links around the pages that staff could not save.
pub(super) fn links(place: &str, links: &[NavigationLink]) -> Result<(), FileError> {
    let wrong = |reason: &str| FileError::new("pages.toml", &format!("{place}: {reason}"));
    if links.len() > arrange::model::MOST_LINKS {
        return Err(wrong(&format!("there are more than {} links", arrange::model::MOST_LINKS)));
    }
    links.iter().try_for_each(|link| {
        let checked = arrange::model::label(&link.label).map(|_| ());
        checked.map_err(|reason| wrong(&format!("the link to {}: {reason}", link.href)))
    })
}

/// Refuses redirects that staff could not save.
pub(super) fn redirects(pages: &Pages) -> Result<(), FileError> {
    let wrong = |reason: &str| FileError::new("pages.toml", &format!("redirects: {reason}"));
    if pages.redirects.len() > arrange::model::MOST_REDIRECTS {
        return Err(wrong(&format!("there are more than {}", arrange::model::MOST_REDIRECTS)));
    }
    for (at, redirect) in pages.redirects.iter().enumerate() {
        match arrange::model::old_path(&redirect.from) {
            Ok(from) if from != redirect.from => return Err(wrong(&format!("write {} as {from}", redirect.from))),
            Ok(_) if pages.redirects.iter().take(at).any(|other| other.from == redirect.from) => {
                return Err(wrong(&format!("{} is there twice", redirect.from)));
            }
            Ok(_) => {}
            Err(reason) => return Err(wrong(&format!("{}: {reason}", redirect.from))),
        }
        if local_path(&redirect.to) != redirect.to {
            return Err(wrong(&format!("{} leads to no local path such as /contact", redirect.from)));
        }
    }
    Ok(())
}

/// Refuses a public remark, such as a correction or the note of a withdrawal, that staff could not have written.
pub(super) fn remark(file: &str, text: &str) -> Result<(), FileError> {
    let reason = match (text.trim().chars().count(), find_unfit(text)) {
        (0, _) => "the text is empty".to_owned(),
        (length, _) if length > LONGEST_REASON => format!("a text is longer than {LONGEST_REASON} characters"),
        (_, Some(unfit)) => Wrong::Unfit(unfit).to_string(),
        (_, None) => return Ok(()),
    };
    Err(FileError::new(file, &reason))
}

/// The line of a file that a problem is about.
fn line_of(file: &VersionFile, problem: &Problem) -> usize {
    match problem.field {
        "markdown" => file.line,
        "address" => file.line_of(&["address", "notice"]),
        "level_information" => file.line_of(&["level", "banner", "kind"]),
        "everywhere" => file.line_of(&["pages", "banner"]),
        "end_date" => file.line_of(&["ends", "banner", "kind"]),
        other => file.line_of(&[other, "notice"]),
    }
}
