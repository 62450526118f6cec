use crate::site::hours::*;

const HOURS: &str = r#"
[[line]]
name = "general"
label = "General"
[[line.open]]
days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
from = "00:00"
to = "24:00"
[[line]]
name = "tickets"
label = "Tickets"
[[line.open]]
days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
from = "10:00"
to = "15:00"
[[line]]
name = "nights"
label = "Nights"
[[line.open]]
days = ["saturday", "sunday"]
from = "00:30"
to = "02:00"
[[exception]]
date = "2026-12-25"
label = "Christmas Day"
lines = ["tickets", "general"]
[[exception]]
date = "2026-12-28"
label = "Bank holiday"
lines = ["tickets"]
open = [{ from = "12:00", to = "13:00" }]
"#;

fn state(line: &str, now: &str) -> String {
    let hours = Hours::read(HOURS).unwrap();
    let line = hours.lines.iter().find(|known| known.name == line).unwrap();
    let now = now.parse().unwrap();
    hours.state(line, now).words(now)
}

#[test]
fn hours_are_those_of_london_in_summer_and_in_winter() {
    assert_eq!(state("tickets", "2026-07-01T08:59:59Z"), "Closed. Opens today at 10am");
    assert_eq!(state("tickets", "2026-07-01T09:00:00Z"), "Open now, until 3pm");
    assert_eq!(state("tickets", "2026-07-01T14:00:00Z"), "Closed. Opens Thursday 2 July at 10am");
    assert_eq!(state("tickets", "2026-12-01T09:59:59Z"), "Closed. Opens today at 10am");
    assert_eq!(state("tickets", "2026-12-01T10:00:00Z"), "Open now, until 3pm");
}

#[test]
fn the_next_opening_after_a_weekend_is_monday() {
    assert_eq!(state("tickets", "2026-12-04T15:00:00Z"), "Closed. Opens Monday 7 December at 10am", "on a Friday");
}

#[test]
fn a_dated_exception_takes_the_place_of_the_usual_hours() {
    assert_eq!(
        state("tickets", "2026-12-24T16:00:00Z"),
        "Closed. Opens Monday 28 December at midday",
        "Christmas Day is closed, and the bank holiday opens late"
    );
    assert_eq!(state("general", "2026-12-24T12:00:00Z"), "Open now, until midnight");
    assert_eq!(state("general", "2026-12-25T12:00:00Z"), "Closed. Opens Saturday 26 December");
    let ahead = Hours::read(HOURS).unwrap().ahead("2026-12-20T12:00:00Z".parse().unwrap());
    assert_eq!(ahead[0], "Christmas Day, Friday 25 December 2026: closed (General; Tickets)");
    assert_eq!(ahead[1], "Bank holiday, Monday 28 December 2026: midday to 1pm (Tickets)");
    assert!(Hours::read(HOURS).unwrap().ahead("2026-12-29T12:00:00Z".parse().unwrap()).is_empty());
}

#[test]
fn what_is_open_at_all_hours_never_says_until_when() {
    assert_eq!(state("general", "2026-07-01T08:59:59Z"), "Open now");
    assert_eq!(state("general", "2026-10-25T00:30:00Z"), "Open now", "while the clocks go back");
}

#[test]
fn the_hour_that_the_clocks_skip_or_repeat_opens_no_line_twice() {
    // On 28 March 2027 01:00 to 02:00 does not exist; the line's 00:30 to 02:00 is half an hour.
    assert_eq!(state("nights", "2027-03-28T00:29:59Z"), "Closed. Opens today at 12:30am");
    assert_eq!(state("nights", "2027-03-28T00:59:59Z"), "Open now, until 2am");
    assert_eq!(state("nights", "2027-03-28T01:00:00Z"), "Closed. Opens Saturday 3 April at 12:30am");
    // On 25 October 2026 01:00 to 02:00 comes twice; the line's hours are two and a half.
    assert_eq!(state("nights", "2026-10-25T01:59:59Z"), "Open now, until 2am");
    assert_eq!(state("nights", "2026-10-25T02:00:00Z"), "Closed. Opens Saturday 31 October at 12:30am");
}

#[test]
fn a_line_whose_hours_are_skipped_or_repeated_opens_and_closes_once() {
    let hours = r#"
[[line]]
name = "nights"
label = "Nights"
[[line.open]]
days = ["sunday"]
from = "00:30"
to = "03:00"
"#;
    let hours = Hours::read(hours).unwrap();
    // On 28 March 2027 the hour after 01:00 is skipped, on 31 October it comes twice: one hour and a half, and three and a half.
    for (instant, is_open) in [
        ("2027-03-28T00:29:59Z", false),
        ("2027-03-28T00:30:00Z", true),
        ("2027-03-28T01:59:59Z", true),
        ("2027-03-28T02:00:00Z", false),
        ("2027-10-30T23:29:59Z", false),
        ("2027-10-30T23:30:00Z", true),
        ("2027-10-31T00:30:00Z", true),
        ("2027-10-31T01:30:00Z", true),
        ("2027-10-31T02:59:59Z", true),
        ("2027-10-31T03:00:00Z", false),
    ] {
        let state = hours.state(&hours.lines[0], instant.parse().unwrap());
        assert_eq!(matches!(state, State::Open(_)), is_open, "{instant}: {state:?}");
    }
}

#[test]
fn hours_are_told_in_words() {
    let hours = Hours::read(HOURS).unwrap();
    let words: Vec<String> = hours.lines.iter().map(Line::words).collect();
    assert_eq!(
        words,
        ["24 hours a day, 7 days a week", "Monday to Friday, 10am to 3pm", "Saturday and Sunday, 12:30am to 2am"]
    );
}

#[test]
fn hours_that_make_no_sense_are_refused_with_the_fix() {
    for (from, to, says) in [
        ("25:00", "26:00", "is no time of day"),
        ("10:00", "09:00", "write hours past midnight as two days"),
        ("9:00", "10:00", "is no time of day"),
    ] {
        let wrong = HOURS.replace("\"12:00\"", &format!("\"{from}\"")).replace("\"13:00\"", &format!("\"{to}\""));
        let said = Hours::read(&wrong).unwrap_err();
        assert!(said.contains(says), "{said}");
    }
    assert!(Hours::read(&HOURS.replace("[\"tickets\"]", "[\"typo\"]")).unwrap_err().contains("typo"));
    assert!(Hours::read(&HOURS.replace("\"monday\", ", "\"mondey\", ")).is_err());
}

#[test]
fn the_hours_of_the_starter_set_can_be_read() {
    assert_eq!(Hours::read(include_str!("../../../starter/hours.toml")).unwrap().lines.len(), 2);
}
