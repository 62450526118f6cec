//! The preview and the checks beside the text: how it will look, made by the very code of the public page, and what the checks say. Nothing
//! is saved here.

use askama::Template;
use url::Url;

use crate::base::error::AppError;
use crate::base::language::Language;
use crate::base::web::paths::with_absolute_links;
use crate::desk::accounts::Desk;
use crate::features::drafts::checks::{Problem, Reading};
use crate::features::drafts::{NoticeDraft, checks};
use crate::features::editor::form;
use crate::features::editor::form::Asked;
use crate::site::edition::Edition;
use crate::site::model::{Level, NoticeKind};
use crate::text::markdown::deepen;

#[derive(Template)]
#[template(path = "editor/beside.html")]
struct Beside<'a> {
    title: &'a str,
    language: &'a Language,
    /// HTML of our renderer; none of a text that is too long or too deep.
    html: Option<String>,
    /// Set if the HTML may lack something that cannot be published.
    is_partial: bool,
    banner: Option<Level>,
    blocking: &'a [Problem],
    advice: &'a [Problem],
    reading: Reading,
}

#[derive(Template)]
#[template(path = "editor/law.html")]
struct Law {
    asked: Vec<Asked>,
    open: usize,
}

/// HTML about a draft.
pub(super) struct Rendered {
    /// The preview with the checks.
    pub(super) preview: String,
    /// The law's list.
    pub(super) law: String,
}

/// The preview and the checks of a draft, and apart from them the law's list, which is part of the form.
pub(super) fn render_preview_and_checks(
    desk: &Desk,
    edition: &Edition,
    name: &str,
    draft: &NoticeDraft,
) -> Result<Rendered, AppError> {
    let checks = checks::check(name, draft, edition, desk.now());
    let banner = (draft.kind == NoticeKind::Banner)
        .then(|| draft.banner.as_ref().map_or(Level::Information, |banner| banner.level));
    let public = &desk.settings().public_url;
    let beside = Beside {
        title: &draft.title,
        language: &draft.language,
        // Under the heading "Preview" and the title.
        html: checks.preview.map(|html| lead_links_to_public_site(&deepen(&html), public)),
        is_partial: checks.blocking.iter().any(|problem| problem.line.is_some()),
        banner,
        blocking: &checks.blocking,
        advice: &checks.advice,
        reading: checks.reading,
    };
    let asked = form::asked(name, draft);
    let open = asked.iter().filter(|asked| asked.open).count();
    Ok(Rendered { preview: beside.render()?, law: Law { asked, open }.render()? })
}

/// A fragment as it is shown under a heading of a staff page, its local links leading to the public site.
pub(super) fn lead_links_to_public_site(html: &str, public_url: &Url) -> String {
    with_absolute_links(public_url, &deepen(html))
}
