//! What a door shows: one neutral form that the console prints as text and Discord as an embed.

use serde::{Deserialize, Serialize};

/// The sign of a card, told by word and colour, never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Information.
    #[default]
    Plain,
    /// A gain or a success.
    Good,
    /// A loss, or something to look at.
    Bad,
    /// A refusal or an error.
    Refused,
}

/// A table with a header. Doors that cannot draw tables print one line per row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Table {
    /// Column titles.
    pub header: Vec<String>,
    /// Rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
    /// Columns aligned to the right, by index.
    pub right: Vec<usize>,
}

/// A table of another kind below the rest of a card, with a title and sentences of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Section {
    /// One line.
    pub title: String,
    /// The table.
    pub table: Table,
    /// Paragraphs after it.
    pub after: Vec<String>,
}

/// A picture that belongs to a card. Doors that cannot show one leave it out: the card says everything by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its file name, such as `equity.png`.
    pub name: &'static str,
    /// A whole PNG file.
    pub png: Vec<u8>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Card {
    /// One line.
    pub title: String,
    /// Its sign.
    pub tone: Tone,
    /// Paragraphs before everything else.
    pub text: Vec<String>,
    /// Name and value pairs.
    pub fields: Vec<(String, String)>,
    /// A table.
    pub table: Option<Table>,
    /// Paragraphs after everything else.
    pub after: Vec<String>,
    /// A further table, below everything but the hints.
    #[serde(default)]
    pub below: Option<Box<Section>>,
    /// What to try next, as commands.
    pub hints: Vec<String>,
    /// Small print: the kind of data, its time, PAPER.
    pub footer: String,
    /// A picture, for doors that show one.
    #[serde(skip)]
    pub picture: Option<Box<Picture>>,
}

impl Card {
    /// A card with a title.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// A refusal: a title and one sentence that says what to do.
    #[must_use]
    pub fn refused(title: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { title: title.into(), tone: Tone::Refused, text: vec![sentence.into()], ..Self::default() }
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn text(mut self, paragraph: impl Into<String>) -> Self {
        self.text.push(paragraph.into());
        self
    }

    /// Adds a name and value.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Sets the sign.
    #[must_use]
    pub const fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Adds a command to try next.
    #[must_use]
    pub fn hint(mut self, command: impl Into<String>) -> Self {
        self.hints.push(command.into());
        self
    }

    /// Sets the small print.
    #[must_use]
    pub fn footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = footer.into();
        self
    }
}
