//! The rules of promoted answers: what each needs, and that no two answer the same words.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::web::form::{Problems, Wrong, read_line};
use crate::base::web::respond::local_path;
use crate::features::structure::model::{href, link_field};
use crate::site::edition::Edition;
use crate::site::model::{Promoted, PromotedAnswer};
use crate::text::folding;
use crate::text::telephone::dialled;

/// The most answers.
pub const MOST_ANSWERS: usize = 50;

/// The longest list of words of an answer, and its longest sentence, in characters.
pub const LONGEST: usize = 300;

/// The longest number and the longest link, in characters.
const LONGEST_NUMBER: usize = 30;
const LONGEST_LINK: usize = 500;

/// The name of the list in ids and names of the fields of its form.
pub const LIST: &str = "answer";

/// The words of an answer: groups with one comma and one blank between them.
pub fn words(typed: &str) -> Result<String, Wrong> {
    let typed = read_line(typed, LONGEST)?;
    let answer = PromotedAnswer { words: typed, ..PromotedAnswer::default() };
    let groups: Vec<&str> = answer.groups().collect();
    if groups.is_empty() || groups.iter().any(|group| folding::words(group).is_empty()) {
        return Err("Write words that people type, with commas between them, such as: fraud, scam call.".into());
    }
    Ok(groups.join(", "))
}

/// The sentence of an answer.
pub fn sentence(typed: &str) -> Result<String, Wrong> {
    read_line(typed, LONGEST)
}

/// The telephone number of an answer; empty where it has none.
pub fn number(typed: &str) -> Result<String, Wrong> {
    let typed = typed.trim();
    if typed.is_empty() || typed.chars().count() <= LONGEST_NUMBER && dialled(typed).is_some() {
        return Ok(typed.to_owned());
    }
    Err("Write a number that can be rung, such as 0808 2000 247, and nothing else.".into())
}

/// The link of an answer, which may be of the site or of another; empty where it has none. Of a path of the site only the form is judged.
pub fn link(typed: &str) -> Result<String, Wrong> {
    let typed = typed.trim();
    let is_web = || {
        let url = url::Url::parse(typed).ok().filter(|url| url.scheme() == "https");
        let is_plain = |url: &url::Url| {
            url.host_str().is_some_and(|host| host.contains('.'))
                && url.username().is_empty()
                && url.password().is_none()
        };
        typed.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') && url.as_ref().is_some_and(is_plain)
    };
    if typed.len() > LONGEST_LINK {
        return Err(Wrong::TooLong { most: LONGEST_LINK, length: typed.chars().count() });
    }
    if typed.is_empty() || local_path(typed) == typed || is_web() {
        return Ok(typed.to_owned());
    }
    Err("Write a path of this site, such as /contact, or a whole address that starts with https://.".into())
}

/// The problems of promoted answers, by the fields of their form. Links into the site must lead to what is there now.
pub fn problems(edition: &Edition, promoted: &Promoted) -> Problems {
    find_problems(promoted, |typed| {
        let link = link(typed)?;
        if link.starts_with('/') { href(edition, &link) } else { Ok(link) }
    })
}

/// The problems of promoted answers that do not depend on what is on the site.
pub fn problems_of_form(promoted: &Promoted) -> Problems {
    find_problems(promoted, link)
}

fn find_problems(promoted: &Promoted, check_link: impl Fn(&str) -> Result<String, Wrong>) -> Problems {
    let mut problems = Problems::default();
    let mut known: BTreeMap<BTreeSet<String>, usize> = BTreeMap::new();
    for (at, answer) in promoted.answers.iter().enumerate() {
        let mut check = |field: &str, read: Result<String, Wrong>| {
            problems.check(link_field(LIST, field, at), format!("Answer {}, {field}", at + 1), read);
        };
        let words = words(&answer.words).and_then(|words| match answered_before(answer, at, &mut known) {
            Some((group, other)) => Err(format!("Answer {} has “{group}” already.", other + 1).into()),
            None => Ok(words),
        });
        check("words", words);
        check("sentence", sentence(&answer.sentence));
        check("number", number(&answer.number));
        check("link", check_link(&answer.link));
    }
    if promoted.answers.len() > MOST_ANSWERS {
        let message = format!("Keep at most {MOST_ANSWERS} answers.");
        problems.add(link_field(LIST, "words", MOST_ANSWERS), message);
    }
    problems
}

/// A group of words that an earlier answer has too, in whatever order, with the place of that answer.
fn answered_before<'a>(
    answer: &'a PromotedAnswer,
    at: usize,
    known: &mut BTreeMap<BTreeSet<String>, usize>,
) -> Option<(&'a str, usize)> {
    let mut before = None;
    for group in answer.groups() {
        let words = folding::words(group).into_iter().map(|word| word.folded).collect();
        let other = *known.entry(words).or_insert(at);
        if other != at {
            before = before.or(Some((group, other)));
        }
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(words: &str, sentence: &str, number: &str, link: &str) -> PromotedAnswer {
        let [words, sentence, number, link] = [words, sentence, number, link].map(str::to_owned);
        PromotedAnswer { words, sentence, number, link }
    }

    fn said(answers: &[PromotedAnswer]) -> Vec<String> {
        problems_of_form(&Promoted { answers: answers.to_vec() }).sentences()
    }

    #[test]
    fn an_answer_has_words_and_a_sentence_and_may_have_a_number_and_a_link() {
        assert!(said(&[answer("scam, scam call", "Ring us.", "0300 123 2040", "/contact")]).is_empty());
        assert!(said(&[answer("scam", "Ring us.", "", "https://fraud.example/report?a=b#c")]).is_empty());
        for (wrong, field) in [
            (answer("", "Ring us.", "", ""), "words"),
            (answer(" , ", "Ring us.", "", ""), "words"),
            (answer("scam, ?!", "Ring us.", "", ""), "words"),
            (answer("scam", " ", "", ""), "sentence"),
            (answer("scam", "Ring\nus.", "", ""), "sentence"),
            (answer("scam", "Ring us.", "ask us", ""), "number"),
            (answer("scam", "Ring us.", "", "contact"), "link"),
            (answer("scam", "Ring us.", "", "http://fraud.example/"), "link"),
            (answer("scam", "Ring us.", "", "//fraud.example/"), "link"),
            (answer("scam", "Ring us.", "", "https://a@fraud.example/"), "link"),
            (answer("scam", "Ring us.", "", "javascript:alert(1)"), "link"),
        ] {
            let said = said(std::slice::from_ref(&wrong));
            assert_eq!(said.len(), 1, "{wrong:?}: {said:?}");
            assert!(said[0].starts_with(&format!("Answer 1, {field}: ")), "{wrong:?}: {said:?}");
        }
    }

    #[test]
    fn no_two_answers_have_the_same_words() {
        let twice = [answer("scam, Scam CALL", "Ring us.", "", ""), answer("fraud, call – scám", "Ring them.", "", "")];
        assert_eq!(said(&twice), ["Answer 2, words: answer 1 has “call – scám” already."]);
        assert!(said(&[answer("scam", "Ring us.", "", ""), answer("scam call", "Ring them.", "", "")]).is_empty());
    }
}
