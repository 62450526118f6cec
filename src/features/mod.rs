//! The features that people come for, a folder each, and the list of what they declare.

pub mod archive;
pub mod auditor;
pub mod change_sets;
pub mod consent;
pub mod conversations;
pub mod dashboard;
pub mod discussion;
pub mod drafts;
pub mod editor;
pub mod guide;
pub mod notices;
pub mod previews;
pub mod publishing;
pub mod quick_exit;
pub mod report;
pub mod search;
pub mod sign_in;
pub mod structure;
pub mod webchat;

use crate::desk::declared::Declared as ForDesk;
use crate::desk::feature::Feature;
use crate::site::declared::Declared as ForSite;

/// Every feature. Sections of the desk's navigation and tasks on its first page stand in this order.
pub const ALL: &[Feature] = &[
    dashboard::FEATURE,
    editor::FEATURE,
    drafts::FEATURE,
    discussion::FEATURE,
    publishing::FEATURE,
    change_sets::FEATURE,
    structure::FEATURE,
    previews::FEATURE,
    sign_in::FEATURE,
    auditor::FEATURE,
    archive::FEATURE,
    notices::FEATURE,
    consent::FEATURE,
    quick_exit::FEATURE,
    report::FEATURE,
    search::FEATURE,
    guide::FEATURE,
    conversations::FEATURE,
    webchat::FEATURE,
];

/// The sum of what all features declare for the public site.
pub fn for_site() -> ForSite {
    let first_parts = ALL.iter().flat_map(|feature| feature.public_paths).filter_map(|path| path.split('/').nth(1));
    let with_texts: Vec<&str> = ALL.iter().flat_map(|feature| feature.with_texts).copied().collect();
    ForSite {
        own: first_parts.chain(with_texts.iter().copied()).collect(),
        with_texts,
        navigation: ALL.iter().flat_map(|feature| feature.navigation).copied().collect(),
        own_pages: ALL.iter().flat_map(|feature| feature.own_pages).copied().collect(),
    }
}

/// The sum of what all features declare for the staff site.
pub fn for_desk() -> ForDesk {
    ForDesk {
        sections: ALL.iter().flat_map(|feature| feature.sections).copied().collect(),
        actions: ALL.iter().flat_map(|feature| feature.actions).copied().collect(),
        tasks: ALL.iter().filter_map(|feature| feature.tasks).collect(),
        counts: ALL.iter().filter_map(|feature| feature.count).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Args as _, Command};

    use super::*;
    use crate::base::config::Args;

    #[test]
    fn nothing_is_declared_twice() {
        let declared = for_desk();
        let (sections, actions) = (&declared.sections, &declared.actions);
        let jobs = ALL.iter().flat_map(|feature| feature.jobs).map(|job| job.name);
        let serve = Args::augment_args(Command::new("serve"));
        let serve = ALL.iter().filter_map(|feature| feature.flags).fold(serve, |serve, flags| (flags.add)(serve));
        let settings = serve.get_arguments().filter_map(|flag| flag.get_env()?.to_str());
        let all: [(&str, Vec<&str>); 11] = [
            ("name of a feature", ALL.iter().map(|feature| feature.name).collect()),
            ("path of the public site", ALL.iter().flat_map(|feature| feature.public_paths).copied().collect()),
            ("path of the staff site", ALL.iter().flat_map(|feature| feature.staff_paths).copied().collect()),
            ("path for the navigation", for_site().navigation),
            ("path of a page of its own", for_site().own_pages.iter().map(|page| page.path).collect()),
            ("label of a section", sections.iter().map(|section| section.label).collect()),
            ("path of a section", sections.iter().map(|section| section.path).collect()),
            ("name of an action", actions.iter().map(|action| action.name()).collect()),
            ("words of an action", actions.iter().map(|action| action.words()).collect()),
            ("name of a job", jobs.collect()),
            ("setting", settings.collect()),
        ];
        for (what, names) in all {
            let mut seen = BTreeSet::new();
            let twice: Vec<&&str> = names.iter().filter(|name| !seen.insert(**name)).collect();
            assert!(twice.is_empty(), "{what} declared twice: {twice:?}");
        }
    }
}
