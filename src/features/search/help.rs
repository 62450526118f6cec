//! The organisations that help in a crisis for all of England and Wales, for where the force's own answers say nothing.

use crate::text::urgency::Crisis;

/// A number to call or to text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// The label of its button, such as "Call 116 123".
    pub(super) label: String,
    pub(super) href: String,
    /// The people who answer, and their hours.
    pub(super) about: String,
}

fn call(number: &str, about: &str) -> Number {
    let dialled: String = number.chars().filter(char::is_ascii_digit).collect();
    Number { label: format!("Call {number}"), href: format!("tel:{dialled}"), about: about.to_owned() }
}

/// The help in a crisis, shown below the number of the emergency services.
pub(super) struct Help {
    pub(super) heading: &'static str,
    pub(super) numbers: Vec<Number>,
}

/// The help for a kind of crisis.
pub(super) fn help(crisis: Crisis) -> Help {
    let (heading, numbers) = match crisis {
        Crisis::Despair => (
            "You do not have to go through this alone",
            vec![
                call("116 123", "Samaritans listen to anybody, day and night. The call is free."),
                Number {
                    label: "Text SHOUT to 85258".to_owned(),
                    href: "sms:85258?body=SHOUT".to_owned(),
                    about: "Shout, if you would rather text. Free, day and night.".to_owned(),
                },
                call("111", "NHS 111: choose option 2 for urgent help with your mental health."),
            ],
        ),
        Crisis::AbuseAtHome => (
            "If someone close to you hurts or controls you",
            vec![
                call("0808 2000 247", "National Domestic Abuse Helpline, for women. Free, day and night."),
                call("0808 801 0327", "Men’s Advice Line, on weekdays. Free."),
            ],
        ),
        Crisis::SexualViolence => (
            "If someone did something sexual that you did not want",
            vec![call(
                "0808 500 2222",
                "Rape and Sexual Abuse Support Line, for anyone aged 16 or over. Free, day and night.",
            )],
        ),
        Crisis::ChildInDanger => (
            "If a child is being hurt, or may be",
            vec![
                call("0800 1111", "Childline, if you are under 19. Free, day and night."),
                call("0808 800 5000", "NSPCC, if you are an adult who is worried about a child. Free."),
            ],
        ),
        Crisis::Stalking => (
            "If someone follows you or does not leave you alone",
            vec![call("0808 802 0300", "National Stalking Helpline, on weekdays. Free.")],
        ),
        Crisis::Exploitation => (
            "If someone makes you work or marry, or keeps you from leaving",
            vec![
                call("08000 121 700", "Modern Slavery & Exploitation Helpline. Free."),
                call(
                    "0800 5999 247",
                    "Karma Nirvana, about forced marriage and honour-based abuse, on weekdays. Free.",
                ),
            ],
        ),
        Crisis::DangerNow => {
            ("If it is not happening now", vec![call("101", "The police, when it is not an emergency.")])
        }
    };
    Help { heading, numbers }
}

/// The subjects of the pages that help in a kind of crisis, a phrase each; nothing where the words of the query say more.
pub(super) fn about(crisis: Crisis) -> &'static [&'static str] {
    match crisis {
        Crisis::Despair => &["suicide", "self harm", "samaritans"],
        Crisis::AbuseAtHome => &["domestic abuse", "domestic violence", "coercive control"],
        Crisis::SexualViolence => &["rape", "sexual assault", "sexual abuse"],
        Crisis::ChildInDanger => &["child risk", "childline", "nspcc", "missing"],
        Crisis::Stalking => &["stalking", "harassment"],
        Crisis::Exploitation => &["modern slavery", "forced marriage", "trafficking"],
        Crisis::DangerNow => &[],
    }
}
