//! Every fact of the first day's texts, in the words a visitor reads.

use serde::Deserialize;

use crate::support::TestSite;

#[derive(Deserialize)]
struct Facts {
    fact: Vec<Fact>,
}

#[derive(Deserialize)]
struct Fact {
    path: String,
    brief: String,
    all: Vec<String>,
}

/// The visible text, block by block.
fn visible(html: &str) -> String {
    let mut spaced = html.to_owned();
    for end in ["</p>", "</li>", "</h1>", "</h2>", "</h3>", "</h4>", "</td>", "</th>", "</div>", "<br"] {
        spaced = spaced.replace(end, &format!(" {end}"));
    }
    let document = scraper::Html::parse_document(&spaced);
    document.root_element().text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn every_fact_of_the_brief_can_be_read_on_its_page() {
    let site = TestSite::start().await;
    let facts: Facts = toml::from_str(include_str!("facts_of_the_brief.toml")).unwrap();
    assert!(facts.fact.len() > 100);
    let mut missing = Vec::new();
    for fact in facts.fact {
        let words = visible(&site.get(&fact.path).await.body);
        for fragment in &fact.all {
            if !words.contains(&fragment.split_whitespace().collect::<Vec<_>>().join(" ")) {
                missing.push(format!("{}: {} ({fragment})", fact.path, fact.brief));
            }
        }
    }
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
}
