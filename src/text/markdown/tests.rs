use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::text::markdown::{deepen, facts_used, plain_text, render};

fn facts() -> BTreeMap<String, String> {
    [
        ("force_name", "Northshire Police"),
        ("dpo_email", "dpo@northshire.example"),
        ("website", "www.northshire.example"),
        ("tricky", "<b>*{{ force_name }}*</b> [x](javascript:alert)"),
        ("script", "javascript:alert(1)"),
        ("phone", "0800 123 4567"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

#[track_caller]
fn html(markdown: &str) -> String {
    render(markdown, "privacy", &facts()).unwrap()
}

/// The line of the only problem, and its message.
#[track_caller]
fn problem(markdown: &str) -> (usize, String) {
    let problems = render(markdown, "privacy", &facts()).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let problem = problems.into_iter().next().unwrap();
    (problem.line, problem.message)
}

#[test]
fn prose_lists_quotes_and_code_become_html() {
    assert_eq!(
        html("One *two* **three** `a<b`  \nfour\nfive\n\n- a\n  1. b\n- c\n\n> q\n\n    x & y\n\n---\n\n3. z"),
        "<p>One <em>two</em> <strong>three</strong> <code>a&lt;b</code><br>\nfour\nfive</p>\n\
         <ul>\n<li>a\n<ol>\n<li>b</li>\n</ol>\n</li>\n<li>c</li>\n</ul>\n\
         <blockquote>\n<p>q</p>\n</blockquote>\n<pre><code>x &amp; y\n</code></pre>\n<hr>\n\
         <ol start=\"3\">\n<li>z</li>\n</ol>\n"
    );
}

#[test]
fn a_placeholder_stands_for_its_fact_in_text_links_and_code() {
    assert_eq!(
        html("**{{force_name}}**, {{ force_name }}."),
        "<p><strong>Northshire Police</strong>, Northshire Police.</p>\n"
    );
    assert_eq!(
        html("[Write to {{ dpo_email }}](mailto:{{ dpo_email }})"),
        "<p><a href=\"mailto:dpo@northshire.example\">Write to dpo@northshire.example</a></p>\n"
    );
    assert_eq!(html("`{{ force_name }}`"), "<p><code>Northshire Police</code></p>\n");
    assert_eq!(html("[{{ phone }}](tel:{{ phone }})"), "<p><a href=\"tel:08001234567\">0800 123 4567</a></p>\n");
}

#[test]
fn a_fact_is_never_read_as_markdown_html_or_a_placeholder() {
    assert_eq!(html("{{ tricky }}"), "<p>&lt;b&gt;*{{ force_name }}*&lt;/b&gt; [x](javascript:alert)</p>\n");
}

#[test]
fn a_fact_cannot_smuggle_a_forbidden_link() {
    assert!(problem("Go\n\n[there]({{ script }})").1.contains("not allowed"));
}

#[test]
fn a_placeholder_without_a_fact_or_an_end_is_refused_with_its_line() {
    let (line, message) = problem("One\n\n{{ force_nam }}");
    assert_eq!((line, message.contains("\"force_nam\"")), (3, true));
    assert_eq!(problem("One\r\n{{ force_name").0, 2);
    assert_eq!(problem("{{ force name }}").0, 1);
    assert_eq!(problem("[x](mailto:{{ nobody }})").0, 1);
}

#[test]
fn two_braces_can_be_shown_as_such() {
    assert_eq!(html("\\{\\{ force_name }}"), "<p>{{ force_name }}</p>\n");
}

#[test]
fn raw_html_is_refused_with_its_line() {
    let (line, message) = problem("One\n\nTwo <b>bold");
    assert_eq!((line, message.contains("<b>")), (3, true));
    let (line, message) = problem("One\n\n<div>\nx\n</div>");
    assert_eq!((line, message.contains("<div>")), (3, true));
    assert_eq!(problem("<!-- x -->").0, 1);
    assert_eq!(html("1 \\< 2"), "<p>1 &lt; 2</p>\n");
}

#[test]
fn images_are_refused() {
    assert!(problem("![a lamp](/lamp.png)").1.contains("Images"));
}

#[test]
fn links_that_leave_say_so_and_links_within_do_not() {
    assert_eq!(
        html("[Act](https://www.legislation.example/a?b=1&c=2)"),
        "<p><a href=\"https://www.legislation.example/a?b=1&amp;c=2\" rel=\"noopener noreferrer\" target=\"_blank\">Act \
         (opens in a new window)</a></p>\n"
    );
    assert_eq!(html("[Report](/report)"), "<p><a href=\"/report\">Report</a></p>\n");
    assert_eq!(
        html("[Report](https://www.northshire.example/report)"),
        "<p><a href=\"https://www.northshire.example/report\">Report</a></p>\n"
    );
    assert_eq!(
        html("<dpo@northshire.example>"),
        "<p><a href=\"mailto:dpo@northshire.example\">dpo@northshire.example</a></p>\n"
    );
}

#[test]
fn links_to_helplines_stay_in_the_tab_that_quick_exit_leaves() {
    for address in ["https://www.samaritans.org/", "https://samaritans.org/help", "https://111.nhs.uk/"] {
        assert_eq!(html(&format!("[Call]({address})")), format!("<p><a href=\"{address}\">Call</a></p>\n"));
    }
    assert!(html("[Call](https://samaritans.org.elsewhere.example/)").contains("target=\"_blank\""));
}

#[test]
fn links_of_other_kinds_are_refused() {
    for target in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/&#9;/elsewhere.example",
        "https:elsewhere.example",
        "https://",
        "https://www.northshire.example@elsewhere.example/",
        "report",
        "mailto:nobody",
        "tel:nobody",
        "ftp://elsewhere.example/",
        "#",
        "",
    ] {
        let (line, _) = problem(&format!("Go\n[there](<{target}>)"));
        assert_eq!(line, 2, "{target}");
    }
}

#[test]
fn a_link_needs_text_and_no_hidden_title() {
    assert!(problem("[](/report)").1.contains("no text"));
    assert!(problem("[x](/report \"more\")").1.contains("hidden title"));
}

#[test]
fn a_fragment_finds_a_heading_of_the_notice_or_stays() {
    assert_eq!(
        html("## How we use it\n\n[a](#how-we-use-it) [b](#webchat-disclaimer)"),
        "<h2 id=\"privacy-how-we-use-it\">How we use it</h2>\n\
         <p><a href=\"#privacy-how-we-use-it\">a</a> <a href=\"#webchat-disclaimer\">b</a></p>\n"
    );
}

#[test]
fn heading_ids_are_unique_and_of_plain_letters() {
    assert_eq!(
        html("## Your *rights*\n## Your rights\n## Your rights 2\n## Your rights\n## {{ force_name }}’s\n## ŵ"),
        "<h2 id=\"privacy-your-rights\">Your <em>rights</em></h2>\n<h2 id=\"privacy-your-rights-2\">Your rights</h2>\n\
         <h2 id=\"privacy-your-rights-2-2\">Your rights 2</h2>\n<h2 id=\"privacy-your-rights-3\">Your rights</h2>\n\
         <h2 id=\"privacy-northshire-polices\">Northshire Police’s</h2>\n<h2 id=\"privacy-w\">ŵ</h2>\n"
    );
}

#[test]
fn headings_start_at_level_two_and_skip_none() {
    assert_eq!(problem("# Title").0, 1);
    assert_eq!(problem("Title\n===").0, 1);
    assert_eq!(problem("### Third").0, 1);
    let (line, message) = problem("## Second\n\ntext\n\n#### Fourth");
    assert_eq!((line, message.contains("###")), (5, true));
    assert_eq!(problem("##").0, 1);
}

#[test]
fn a_table_is_a_named_region_with_column_headings() {
    let table = "| Name | Days |\n| --- | ---: |\n| a | 1 |\n";
    assert_eq!(
        html(&format!("## Cookies\n\n{table}")),
        "<h2 id=\"privacy-cookies\">Cookies</h2>\n\
         <div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Table: Cookies\"><table>\n\
         <thead>\n<tr><th scope=\"col\">Name</th><th scope=\"col\" class=\"right\">Days</th></tr>\n</thead>\n\
         <tbody>\n<tr><td>a</td><td class=\"right\">1</td></tr>\n</tbody>\n</table></div>\n"
    );
    let two = html(&format!("{table}\n{table}"));
    assert!(two.contains("\"Table in privacy\"") && two.contains("\"Table in privacy (2)\""), "{two}");
}

#[test]
fn a_table_without_a_column_heading_is_refused() {
    assert_eq!(problem("a\n\n| | b |\n| --- | --- |\n| c | d |").0, 3);
}

#[test]
fn words_that_would_be_dropped_are_refused_with_their_line() {
    let table = "| A | B |\n| --- | --- |\n| 1 | 2 |\n| 1 | 2 | {{ phone }} |\n| 3 |\n| 4 | 5 | |\n";
    let (line, message) = problem(table);
    assert_eq!(line, 4);
    assert!(message.contains("more cells than its table has columns"), "{message}");
    let (line, message) = problem("Call us.\n\n[Note]: 101\n");
    assert_eq!(line, 3);
    assert!(message.contains("would not be shown"), "{message}");
    assert_eq!(problem("- a\n\n  [Note]: 101\n").0, 3);
    assert_eq!(problem("Words.\n\n``` Note this\nx\n```\n").0, 3);
    for kept in [
        "See [the Act].\n\n[the act]: https://law.example/\n[The Act]: https://law.example/2\n",
        "```rust\nx\n```\n",
        "12. a &amp; b\n13. \\* c [d](/e \"\") `f`\n",
        "> 1. a\n>    - b\n\nTitle\n---\n\n| A | B |\n| --- | --- |\n| 1 |\n| `a\\|b` | 2 |\n",
        "a  \nb\\\nc **d** *e* [f][] <https://g.example/>\n\n[f]: /h\n",
    ] {
        html(kept);
    }
}

#[test]
fn a_long_or_deep_or_wide_text_is_refused_at_once() {
    assert_eq!(problem(&"a".repeat(crate::text::markdown::LONGEST_TEXT + 1)).0, 1);
    assert!(problem(&">".repeat(200_000)).1.contains("deep"));
    assert!(problem(&format!("{}a", "- ".repeat(100_000))).1.contains("deep"));
    assert!(problem(&format!("{}a\n{}", "> ".repeat(50_000), "b\n".repeat(50_000))).1.contains("deep"));
    assert!(problem(&format!("{}{}", "1. ".repeat(30_000), "\nb\n".repeat(30_000))).1.contains("deep"));
    assert_eq!(html(&"- ".repeat(100_000)), "<hr>\n");
    assert!(problem(&format!("{}x{}", "*a ".repeat(30_000), " a*".repeat(30_000))).1.contains("deep"));
    assert!(problem(&format!("{}\n{}\n", "|a".repeat(40_000), "|-".repeat(40_000))).1.contains("columns"));
}

#[test]
fn control_characters_are_refused() {
    assert!(problem("one\ntwo\u{1b}").1.contains("U+001B"));
    assert!(problem("\u{E000}0\u{E001}").1.contains("U+E000"));
}

#[test]
fn all_problems_are_told_in_the_order_of_lines() {
    let problems = render("# One\n\n<b>x\n\n{{ nobody }}", "privacy", &facts()).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [1, 3, 5]);
    assert!(problems[0].to_string().starts_with("line 1: "));
}

#[test]
fn a_deeper_fragment_has_all_headings_one_level_down() {
    assert_eq!(
        deepen("<h2 id=\"h2\">a &lt;h2&gt;</h2>\n<h5 id=\"x\">b</h5>\n<hr>\n"),
        "<h3 id=\"h2\">a &lt;h2&gt;</h3>\n<h6 id=\"x\">b</h6>\n<hr>\n"
    );
}

#[test]
fn plain_text_has_a_line_for_each_block_and_no_furniture() {
    let fragment = html(
        "## A & B\n\none\n*two* [Act](https://a.example/), end\n\n- x\n  - y\n\n| h | i |\n| --- | --- |\n| j `k` | l |\n\n    m\n     n",
    );
    assert_eq!(plain_text(&fragment), "A & B\none two Act, end\nx\ny\nh i\nj k l\nm\nn");
    assert_eq!(plain_text(""), "");
}

/// Pieces of Markdown that meet in nasty ways.
fn markdown() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "a",
        " ",
        "\n",
        "\n\n",
        "*",
        "**",
        "_",
        "`",
        "[",
        "](",
        ")",
        "/x",
        "<",
        ">",
        "</",
        "script",
        "javascript:",
        "{{",
        "}}",
        " force_name ",
        "{{ tricky }}",
        "{{ nobody }}",
        "|",
        "\n| --- | --- |\n",
        "- ",
        "1. ",
        "> ",
        "## ",
        "### ",
        "\\",
        "&lt;",
        "&#x3c;",
        "&#xE000;",
        "\"",
        "'",
        "&",
        "!",
        "http://a.example/",
        "#",
        "\t",
        "    ",
        "```\n",
        "]: ",
    ]);
    prop::collection::vec(bits, 0..40).prop_map(|bits| bits.concat())
}

/// Tells whether each element that is opened is closed, in order.
fn is_balanced(fragment: &str) -> bool {
    let mut open = Vec::new();
    for piece in crate::text::markdown::pieces(fragment) {
        match piece {
            crate::text::markdown::Piece::Open { name: "br" | "hr", .. } | crate::text::markdown::Piece::Text(_) => {}
            crate::text::markdown::Piece::Open { name, .. } => open.push(name),
            crate::text::markdown::Piece::Close { name } => {
                if open.pop() != Some(name) {
                    return false;
                }
            }
        }
    }
    open.is_empty()
}

/// Every element and attribute that a fragment may have.
fn holds_known_tags_only(fragment: &str) -> bool {
    crate::text::markdown::pieces(fragment).all(|piece| match piece {
        crate::text::markdown::Piece::Open { name, attributes } => {
            let known = "p h2 h3 h4 h5 em strong code pre a ul ol li blockquote br hr div table thead tbody tr th td";
            let link = crate::text::markdown::attribute(attributes, "href");
            known.split(' ').any(|known| known == name)
                && link.is_none_or(|link| {
                    ["http://", "https://", "mailto:", "tel:", "/", "#"].iter().any(|start| link.starts_with(start))
                })
        }
        crate::text::markdown::Piece::Close { .. } => true,
        crate::text::markdown::Piece::Text(text) => !text.contains(['<', '>', '"']),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_written_the_fragment_is_sound(text in markdown()) {
        if let Ok(fragment) = render(&text, "privacy", &facts()) {
            prop_assert!(is_balanced(&fragment), "{}", fragment);
            prop_assert!(holds_known_tags_only(&fragment), "{}", fragment);
            prop_assert!(is_balanced(&deepen(&fragment)));
            prop_assert_eq!(plain_text(&deepen(&fragment)), plain_text(&fragment));
        }
    }

    #[test]
    fn any_characters_at_all_are_rendered_or_refused(text in any::<String>()) {
        if let Ok(fragment) = render(&text, "privacy", &facts()) {
            prop_assert!(is_balanced(&fragment) && holds_known_tags_only(&fragment), "{}", fragment);
        }
    }

    #[test]
    fn plain_text_and_deepen_take_anything(text in any::<String>()) {
        let plain = plain_text(&text);
        prop_assert!(!plain.contains("\n\n") && !plain.starts_with('\n') && !plain.ends_with(['\n', ' ']));
        prop_assert!(deepen(&text).len() == text.len());
    }

    #[test]
    fn a_fact_is_shown_as_it_is(value in "[ -~]{0,30}") {
        let facts = BTreeMap::from([("value".to_owned(), value.clone())]);
        let fragment = render("a{{ value }}z", "privacy", &facts).unwrap();
        let shown = fragment.trim_end().strip_prefix("<p>a").unwrap().strip_suffix("z</p>").unwrap();
        prop_assert_eq!(crate::text::markdown::decode(shown), value);
    }
}

#[test]
fn the_facts_that_a_text_uses_are_known() {
    let used = facts_used("{{ a_1 }}{{b}} \\{\\{ c }} {{ d\n}} [x](mailto:{{\te }}) {{ }} {{{{ f }}");
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["a_1", "b", "e", "f"]);
}
