//! The kinds of crisis.

/// A kind of help that somebody needs now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Crisis {
    /// A child is hurt, neglected or groomed.
    ChildInDanger,
    /// Rape, sexual assault, sexual abuse.
    SexualViolence,
    /// A partner or the family hurts, threatens or controls somebody.
    AbuseAtHome,
    /// Somebody is followed, watched or never left alone.
    Stalking,
    /// Somebody is held, sold, or made to work or to marry.
    Exploitation,
    /// Somebody may be killed or badly hurt at this moment.
    DangerNow,
    /// Somebody thinks of ending their life or of hurting themselves.
    Despair,
}

impl Crisis {
    /// Every kind; where a text speaks as much of two of them, the first is meant.
    pub const ALL: [Self; 7] = [
        Self::ChildInDanger,
        Self::SexualViolence,
        Self::AbuseAtHome,
        Self::Stalking,
        Self::Exploitation,
        Self::DangerNow,
        Self::Despair,
    ];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChildInDanger => "child",
            Self::SexualViolence => "sexual",
            Self::AbuseAtHome => "abuse",
            Self::Stalking => "stalking",
            Self::Exploitation => "exploitation",
            Self::DangerNow => "danger",
            Self::Despair => "despair",
        }
    }

    /// The kind with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|crisis| crisis.name() == name)
    }
}
