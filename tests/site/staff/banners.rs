//! Banners: what a new one asks for, and what its editor makes sure of.

use bluelamp::features::drafts;
use scraper::{Html, Selector};

use super::editor::{draft, field, send, text_of};
use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::held_fields;

async fn new_banner(person: &Person, title: &str) -> Answer {
    person.fill("/banners/new", "/banners/new", &[("title", title), ("level", "information")]).await
}

fn current_section(answer: &Answer) -> Vec<String> {
    text_of(answer, ".sections [aria-current]")
}

#[tokio::test]
async fn a_new_banner_asks_what_it_says_and_how_urgent_it_is() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let opened = erin.get("/banners/new").await;
    let asked = Html::parse_document(&opened.body);
    let inputs = Selector::parse("main input").unwrap();
    let names: Vec<&str> = asked.select(&inputs).map(|input| input.value().attr("name").unwrap()).collect();
    assert_eq!(names, ["title", "level", "level", "level"]);
    drop(asked);
    let empty = erin.fill("/banners/new", "/banners/new", &[]).await;
    assert_eq!(empty.status, 422);
    assert_eq!(text_of(&empty, ".errors li"), ["Write a title.", "Say how urgent the banner is."]);

    let fields = [("title", "Flood: stay away"), ("level", "emergency")];
    let made = erin.post("/banners/new", &fields).await;
    assert_eq!(made.header("location"), "/notices/flood-stay-away/edit", "{}", made.words());
    let again = erin.post("/banners/new", &fields).await;
    assert_eq!(again.header("location"), "/notices/flood-stay-away/edit", "a double press starts one draft");
    let drafts::DraftContent::Notice(notice) = draft(&office, "flood-stay-away").await.unwrap().content else {
        panic!("a notice")
    };
    assert_eq!(notice.banner.unwrap().level.name(), "emergency");
    let percy = office.publisher().await;
    let other = percy.post("/banners/new", &fields).await;
    assert_eq!(other.header("location"), "/notices/flood-stay-away-2/edit", "names are unique");
    // Neither a page's name, nor a notice's, nor one of the site's own.
    for (title, name) in
        [("Services", "services-2"), ("Contact", "contact-2"), ("Search", "banner"), ("大雨", "banner-2")]
    {
        assert_eq!(new_banner(&erin, title).await.header("location"), format!("/notices/{name}/edit"), "{title}");
    }
}

#[tokio::test]
async fn a_banner_stands_below_banners_in_the_menu_and_asks_for_no_address() {
    let office = Office::open().await;
    let erin = office.editor().await;
    new_banner(&erin, "Flood").await;
    let edit = "/notices/flood/edit";
    for path in [edit, "/notices/flood", "/banners", "/banners/new"] {
        assert_eq!(current_section(&erin.get(path).await), ["Banners"], "{path}");
    }
    assert_eq!(current_section(&erin.get("/notices/contact/edit").await), ["Notices"]);
    assert!(text_of(&erin.get(edit).await, "label[for=address]").is_empty());
    assert_eq!(erin.fill(edit, edit, &[("title", "Flood in Northby")]).await.status, 303);
}

#[tokio::test]
async fn a_banner_has_a_level_pages_and_an_end_in_london() {
    let office = Office::open().await;
    let erin = office.editor().await;
    new_banner(&erin, "Flood").await;
    let edit = "/notices/flood/edit";
    let opened = erin.get(edit).await;
    assert!(opened.words().contains("Say when the banner ends."), "{}", opened.words());
    for (date, time, said) in [
        ("2027-03-28", "01:30", "Choose 00:30 or 02:30."),
        ("2027-10-31", "01:30", "this time comes twice"),
        ("2027-10-31", "", "End of the banner: give the time as well."),
        ("", "10:00", "End of the banner: give the day as well."),
    ] {
        let refused = erin.fill(edit, edit, &[("end_date", date), ("end_time", time)]).await;
        assert_eq!(refused.status, 422, "{date} {time}");
        assert!(refused.words().contains(said), "{date} {time}: {}", refused.words());
        assert_eq!(field(&refused, edit, "end_date"), date);
    }
    let fields = [("end_date", "2027-10-31"), ("end_time", "01:30"), ("end_which", "second"), ("level", "emergency")];
    let mut fields = fields.to_vec();
    fields.extend([("everywhere", "some"), ("page", "contact"), ("markdown", "Stay away from the river.")]);
    assert_eq!(erin.fill(edit, edit, &fields).await.status, 303);
    let kept = draft(&office, "flood").await.unwrap();
    let drafts::DraftContent::Notice(notice) = kept.content else { panic!("a notice") };
    let banner = notice.banner.unwrap();
    assert_eq!(banner.ends_at.unwrap().to_string(), "2027-10-31T01:30:00Z");
    assert_eq!((banner.level.name(), banner.pages.as_slice()), ("emergency", &["contact".to_owned()][..]));
    let opened = erin.get(edit).await;
    assert_eq!(field(&opened, edit, "end_time"), "01:30");
    assert_eq!(field(&opened, edit, "end_which"), "second");
    assert_eq!(field(&opened, edit, "page"), "contact");
    assert!(text_of(&opened, ".strip-emergency h3").contains(&"Emergency: Flood".to_owned()));
    assert!(erin.get("/banners").await.words().contains("Flood"));
}

#[tokio::test]
async fn a_banner_on_all_pages_and_on_ticked_ones_is_refused_and_kept_as_typed() {
    let office = Office::open().await;
    let erin = office.editor().await;
    new_banner(&erin, "Flood").await;
    let edit = "/notices/flood/edit";
    let mut both = held_fields(&erin.get(edit).await.body, edit).unwrap();
    both.retain(|(name, _)| name != "markdown");
    both.extend([("page", "contact"), ("markdown", "Mine.")].map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(both.contains(&("everywhere".to_owned(), "all".to_owned())));
    let refused = send(&erin, edit, &both).await;
    assert_eq!(refused.status, 422);
    assert!(text_of(&refused, "#everywhere-why")[0].contains("Choose “On these pages only”"), "{}", refused.words());
    assert_eq!(text_of(&refused, ".errors a[href='#everywhere']").len(), 1);
    let held = held_fields(&refused.body, edit).unwrap();
    for kept in [("everywhere", "all"), ("page", "contact"), ("markdown", "Mine.")] {
        assert!(held.contains(&(kept.0.to_owned(), kept.1.to_owned())), "{kept:?}");
    }
    let quiet = send(&erin, "/notices/flood/autosave", &both).await;
    assert_eq!(quiet.status, 422);
    assert!(quiet.body.contains("pages are ticked"), "{}", quiet.body);
    assert_eq!(draft(&office, "flood").await.unwrap().revision, 1, "nothing was saved");
    for field in &mut both {
        if field.0 == "everywhere" {
            "some".clone_into(&mut field.1);
        }
    }
    assert_eq!(send(&erin, edit, &both).await.status, 303);
    let drafts::DraftContent::Notice(notice) = draft(&office, "flood").await.unwrap().content else {
        panic!("a notice")
    };
    assert_eq!(notice.banner.unwrap().pages, ["contact"]);
}

const EMERGENCY: &str = "/banners/emergency";

#[tokio::test]
async fn an_emergency_banner_is_up_after_one_form_and_a_second_press_puts_up_no_other() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    assert!(percy.get("/banners").await.attributes("main a.danger", "href").contains(&EMERGENCY.to_owned()));
    let fields = [("title", "Gas leak in Northby: stay inside"), ("text", ""), ("end", "6")];
    let done = percy.fill(EMERGENCY, EMERGENCY, &fields).await;
    assert_eq!(done.header("location"), "/notices/gas-leak-in-northby-stay-inside?done=published", "{}", done.words());
    for page in ["/", "/contact", "/nothing"] {
        let shown = office.public.get(page).await.words_of(".banner.emergency");
        assert!(shown.contains("Gas leak in Northby: stay inside"), "{page}: {shown}");
    }
    let again = percy.fill(EMERGENCY, EMERGENCY, &fields).await;
    assert_eq!(again.header("location"), done.header("location"));
    let home = office.public.get("/").await.words_of(".banner.emergency h2");
    assert_eq!(home.matches("Gas leak").count(), 1, "{home}");
    let overview = percy.get("/notices/gas-leak-in-northby-stay-inside").await.words();
    assert!(overview.contains("until 24 November 2026 at 18:00"), "{overview}");
    assert!(overview.contains("Another person has to approve it."), "{overview}");
}

#[tokio::test]
async fn an_emergency_banner_on_one_page_until_a_time_stands_there_alone() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    let fields = [
        ("title", "The front desk is closed"),
        ("text", "Call 999 in an emergency."),
        ("end", "until"),
        ("end_date", "2026-11-25"),
        ("end_time", "08:00"),
        ("page", "contact"),
    ];
    assert_eq!(percy.fill(EMERGENCY, EMERGENCY, &fields).await.status, 303);
    assert!(office.public.get("/contact").await.words_of(".banner.emergency").contains("Call 999 in an emergency."));
    assert!(!office.public.get("/").await.words().contains("front desk"));
}

#[tokio::test]
async fn an_emergency_banner_that_cannot_be_published_says_why_and_keeps_what_was_typed() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    for (fields, said) in [
        (vec![("title", ""), ("text", "Stay inside.")], "Write a title."),
        (vec![("title", "Gas leak"), ("end", "until"), ("end_date", "2026-11-25")], "End of the banner"),
        (vec![("title", "Gas leak"), ("end", "9")], "Say how long the banner stays up."),
        (
            vec![("title", "Gas leak"), ("end", "until"), ("end_date", "2026-11-24"), ("end_time", "11:59")],
            "The end of the banner has gone by.",
        ),
    ] {
        let back = percy.fill(EMERGENCY, EMERGENCY, &fields).await;
        assert_eq!(back.status, 422, "{fields:?}");
        assert!(text_of(&back, ".errors li")[0].contains(said), "{fields:?}: {:?}", text_of(&back, ".errors li"));
        assert_eq!(back.attributes("[name=title]", "value"), [fields[0].1], "{fields:?}");
    }
    let bad = percy.fill(EMERGENCY, EMERGENCY, &[("title", "Gas leak"), ("text", "![x](y.png)")]).await;
    assert_eq!(bad.header("location"), "/notices/gas-leak/edit", "what is wrong with the text stands in the editor");
    assert!(!office.public.get("/").await.words().contains("Gas leak"));
    assert_eq!(erin.get(EMERGENCY).await.status, 403, "an editor asks for a review");
    assert!(!erin.get("/banners").await.body.contains(EMERGENCY));
}
