//! From a card to messages that keep Discord's limits.

use super::text::{cell, clean, clean_line, cut, split, units};
use crate::card::{Card, Table, Tone};
use twilight_model::channel::message::Embed;
use twilight_model::channel::message::embed::{EmbedField, EmbedFooter, EmbedImage};

/// Most messages of one answer; a longer one becomes a file.
const PAGES_MAX: usize = 3;
/// Longest title with its page number, in units. Discord allows 256.
const TITLE_UNITS_MAX: usize = 250;
/// Longest footer, in units. Discord allows 2,048; small print stays small.
const FOOTER_UNITS_MAX: usize = 300;
/// Longest description, in units. Discord allows 4,096.
const DESCRIPTION_UNITS_MAX: usize = 4_000;
/// Longest field name, in units. Discord allows 256.
const NAME_UNITS_MAX: usize = 200;
/// Longest field value, in units. Discord allows 1,024.
const VALUE_UNITS_MAX: usize = 1_024;
/// Most fields of an embed: Discord's limit.
const FIELDS_MAX: usize = 25;
/// Most units over a whole embed: Discord's 6,000, less title and footer.
const BODY_UNITS_MAX: usize = 6_000 - TITLE_UNITS_MAX - FOOTER_UNITS_MAX - 6;
/// Widest table that is drawn, in characters: what an embed shows on a desktop without wrapping.
const TABLE_CHARS_MAX: usize = 60;
/// Longest value that shares its line with others, in units.
const INLINE_UNITS_MAX: usize = 24;
/// Largest file, in bytes. Discord allows 10 MiB.
const FILE_BYTES_MAX: usize = 1 << 20;

/// Largest picture, in bytes. Discord allows 10 MiB; a chart is far below.
const PICTURE_BYTES_MAX: usize = 4 << 20;

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    pub(super) embed: Embed,
    /// Name and content of a file.
    pub(super) file: Option<(&'static str, Vec<u8>)>,
}

#[derive(Default)]
struct Draft {
    description: String,
    fields: Vec<(String, String)>,
    used: usize,
}

struct Drafts(Vec<Draft>);

impl Drafts {
    fn last(&mut self) -> &mut Draft {
        if self.0.is_empty() {
            self.0.push(Draft::default());
        }
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// A paragraph goes into the description, or below fields into a field of its own.
    fn text(&mut self, name: &str, text: &str) {
        for piece in split(text, DESCRIPTION_UNITS_MAX) {
            let long = units(&piece);
            let draft = self.last();
            if draft.fields.is_empty() {
                let gap = if draft.description.is_empty() { 0 } else { 2 };
                if units(&draft.description) + gap + long > DESCRIPTION_UNITS_MAX {
                    self.0.push(Draft::default());
                }
                let draft = self.last();
                if !draft.description.is_empty() {
                    draft.description.push_str("\n\n");
                    draft.used += 2;
                }
                draft.description.push_str(&piece);
                draft.used += long;
            } else if long <= VALUE_UNITS_MAX {
                self.field(name, &piece);
            } else {
                self.0.push(Draft { used: long, description: piece, fields: Vec::new() });
            }
        }
    }

    fn field(&mut self, name: &str, value: &str) {
        let name = cut(if name.is_empty() { "·" } else { name }, NAME_UNITS_MAX);
        let mut pieces = split(value, VALUE_UNITS_MAX);
        if pieces.is_empty() {
            pieces.push("–".to_owned());
        }
        for (i, piece) in pieces.into_iter().enumerate() {
            let name = if i == 0 { name.clone() } else { format!("{name} (…)") };
            let long = units(&name) + units(&piece);
            let draft = self.last();
            if draft.fields.len() == FIELDS_MAX || draft.used + long > BODY_UNITS_MAX {
                self.0.push(Draft::default());
            }
            let draft = self.last();
            draft.used += long;
            draft.fields.push((name, piece));
        }
    }
}

/// Paragraphs that fit into one field together, joined: a list of ten short ones is one block, not ten.
fn blocks(paragraphs: &[String]) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for paragraph in paragraphs.iter().map(|p| clean(p)) {
        match blocks.last_mut() {
            Some(last) if units(last) + 1 + units(&paragraph) <= VALUE_UNITS_MAX => {
                last.push('\n');
                last.push_str(&paragraph);
            }
            _ => blocks.push(paragraph),
        }
    }
    blocks
}

/// The messages of a card, first to last; at least one, at most three.
pub(super) fn pages(card: &Card) -> Vec<Page> {
    let mut drafts = Drafts(Vec::new());
    for paragraph in &card.text {
        drafts.text("·", &clean(paragraph));
    }
    for (name, value) in &card.fields {
        drafts.field(&clean_line(name), &clean(value));
    }
    if let Some(table) = &card.table {
        add_table(&mut drafts, table);
    }
    for block in blocks(&card.after) {
        drafts.text("Details", &block);
    }
    if let Some(section) = &card.below {
        drafts.text("·", &clean_line(&section.title));
        add_table(&mut drafts, &section.table);
        for block in blocks(&section.after) {
            drafts.text("Details", &block);
        }
    }
    if !card.hints.is_empty() {
        let hints: Vec<String> = card.hints.iter().map(|hint| format!("`{}`", cell(hint))).collect();
        drafts.text("Next", &format!("Try {}", hints.join(" · ")));
    }
    let title = clean_line(&card.title);
    let mut footer = clean_line(&card.footer);
    if !footer.to_ascii_uppercase().contains("PAPER") {
        footer = if footer.is_empty() { "PAPER".to_owned() } else { format!("PAPER · {footer}") };
    }
    drafts.last(); // a card with a title only is a page as well
    let file = (drafts.0.len() > PAGES_MAX).then(|| ("answer.md", file(card)));
    if file.is_some() {
        drafts.0.truncate(1);
        footer = format!("The whole answer is in the file. {footer}");
    }
    let many = drafts.0.len() > 1;
    let mut out: Vec<Page> = drafts
        .0
        .into_iter()
        .enumerate()
        .map(|(i, draft)| {
            let number = if many { format!(" ({})", i + 1) } else { String::new() };
            let title = format!("{}{number}", cut(&title, TITLE_UNITS_MAX - units(&number)));
            Page { embed: embed(card.tone, title, draft, cut(&footer, FOOTER_UNITS_MAX)), file: None }
        })
        .collect();
    if let Some(page) = out.first_mut() {
        page.file = file;
        // A message has one file here; the whole answer in words goes first.
        if let (None, Some(picture)) = (&page.file, card.picture.as_ref().filter(|p| p.png.len() <= PICTURE_BYTES_MAX))
        {
            page.embed.image = Some(image(picture.name));
            page.file = Some((picture.name, picture.png.clone()));
        }
    }
    out
}

/// A picture inside the embed, out of the message's own file.
fn image(name: &str) -> EmbedImage {
    EmbedImage {
        height: None,
        proxy_url: None,
        url: format!("attachment://{name}"),
        width: None,
        content_type: None,
        placeholder: None,
        placeholder_version: None,
        flags: None,
    }
}

fn embed(tone: Tone, title: String, draft: Draft, footer: String) -> Embed {
    let fields = draft
        .fields
        .into_iter()
        .map(|(name, value)| {
            let inline = units(&value) <= INLINE_UNITS_MAX && !value.contains('\n');
            EmbedField { inline, name, value }
        })
        .collect();
    Embed {
        author: None,
        color: Some(match tone {
            Tone::Plain => 0x58_65_f2,
            Tone::Good => 0x2e_cc_71,
            Tone::Bad => 0xe6_7e_22,
            Tone::Refused => 0xe7_4c_3c,
        }),
        description: (!draft.description.is_empty()).then_some(draft.description),
        fields,
        flags: None,
        footer: Some(EmbedFooter { icon_url: None, proxy_icon_url: None, text: footer }),
        image: None,
        kind: "rich".to_owned(),
        provider: None,
        thumbnail: None,
        timestamp: None,
        title: Some(if title.is_empty() { "·".to_owned() } else { title }),
        url: None,
        video: None,
    }
}

/// A narrow table is drawn in a code block, a wide one becomes a field per row.
fn add_table(drafts: &mut Drafts, table: &Table) {
    let columns = table.header.len();
    let row = |cells: &[String]| -> Vec<String> {
        (0..columns).map(|i| cell(cells.get(i).map_or("", String::as_str))).collect()
    };
    let header = row(&table.header);
    let rows: Vec<Vec<String>> = table.rows.iter().map(|r| row(r)).collect();
    let chars = |text: &String| text.chars().count();
    let widths: Vec<usize> = (0..columns)
        .map(|i| rows.iter().chain(std::iter::once(&header)).map(|r| chars(&r[i])).max().unwrap_or(0))
        .collect();
    if columns == 0 {
        return;
    }
    if widths.iter().sum::<usize>() + 2 * (columns - 1) > TABLE_CHARS_MAX {
        for cells in &table.rows {
            let whole = |i: usize| clean_line(cells.get(i).map_or("", String::as_str));
            let rest: Vec<String> =
                (1..columns).map(|i| format!("{}: {}", clean_line(&table.header[i]), whole(i))).collect();
            drafts.field(&whole(0), &rest.join("\n"));
        }
        return;
    }
    let draw = |cells: &[String]| -> String {
        let line: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(i, text)| {
                let pad = " ".repeat(widths[i].saturating_sub(chars(text)));
                if table.right.contains(&i) { format!("{pad}{text}") } else { format!("{text}{pad}") }
            })
            .collect();
        line.join("  ").trim_end().to_owned()
    };
    let top = format!("```\n{}\n{}", draw(&header), "─".repeat(widths.iter().sum::<usize>() + 2 * (columns - 1)));
    // A block fits a field's value, so that it can stand below fields; the header is repeated in each.
    let mut block = top.clone();
    let mut empty = true;
    for line in rows.iter().map(|r| draw(r)) {
        if !empty && units(&block) + units(&line) + 5 > VALUE_UNITS_MAX {
            drafts.text("Table", &format!("{block}\n```"));
            block.clone_from(&top);
        }
        block.push('\n');
        block.push_str(&line);
        empty = false;
    }
    drafts.text("Table", &format!("{block}\n```"));
}

fn markdown(table: &Table) -> String {
    let line = |cells: &[String]| {
        format!("| {} |", cells.iter().map(|c| cell(c).replace('|', "/")).collect::<Vec<_>>().join(" | "))
    };
    let mut lines = vec![line(&table.header), format!("|{}", "---|".repeat(table.header.len()))];
    lines.extend(table.rows.iter().map(|r| line(r)));
    lines.join("\n")
}

/// The whole card as Markdown.
fn file(card: &Card) -> Vec<u8> {
    let mut out = format!("# {}\n", clean_line(&card.title));
    let mut add = |text: &str| {
        out.push('\n');
        out.push_str(text);
        out.push('\n');
    };
    card.text.iter().for_each(|paragraph| add(&clean(paragraph)));
    card.fields.iter().for_each(|(name, value)| add(&format!("**{}**: {}", clean_line(name), clean(value))));
    card.table.iter().for_each(|table| add(&markdown(table)));
    card.after.iter().for_each(|paragraph| add(&clean(paragraph)));
    if let Some(section) = &card.below {
        add(&format!("## {}", clean_line(&section.title)));
        add(&markdown(&section.table));
        section.after.iter().for_each(|paragraph| add(&clean(paragraph)));
    }
    card.hints.iter().for_each(|hint| add(&format!("* `{}`", cell(hint))));
    add(&clean_line(&card.footer));
    if out.len() > FILE_BYTES_MAX {
        let end = (0..=FILE_BYTES_MAX).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
        out.truncate(end);
        out.push_str("\n\n(cut here: the answer is longer than 1 MiB)\n");
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::nasty;
    use super::*;
    use crate::card::{Picture, Section};
    use proptest::prelude::*;

    /// Discord's limits, stated again so that a wrong constant above is noticed.
    fn check(pages: &[Page]) {
        assert!((1..=3).contains(&pages.len()));
        for Page { embed, .. } in pages {
            let title = embed.title.as_deref().unwrap_or_default();
            let description = embed.description.as_deref().unwrap_or_default();
            let footer = &embed.footer.as_ref().unwrap().text;
            assert!(
                (1..=256).contains(&units(title))
                    && units(description) <= 4_096
                    && (1..=2_048).contains(&units(footer))
            );
            assert!(embed.description.as_ref().is_none_or(|d| !d.trim().is_empty()));
            assert!(embed.fields.len() <= 25);
            let mut total = units(title) + units(description) + units(footer);
            for field in &embed.fields {
                assert!((1..=256).contains(&units(&field.name)) && (1..=1_024).contains(&units(&field.value)));
                assert!(!field.name.trim().is_empty() && !field.value.trim().is_empty());
                assert!(field.value.matches("```").count().is_multiple_of(2));
                total += units(&field.name) + units(&field.value);
            }
            assert!(total <= 6_000, "{total}");
            assert!(footer.to_uppercase().contains("PAPER"));
            let all = serde_json::to_string(embed).unwrap().to_lowercase();
            for bad in ["@everyone", "@here", "<@", "]("] {
                assert!(!all.contains(bad), "{bad} in {all}");
            }
        }
    }

    fn table() -> impl Strategy<Value = Table> {
        (
            prop::collection::vec(nasty(), 0..6),
            prop::collection::vec(prop::collection::vec(nasty(), 0..7), 0..12),
            0usize..8,
        )
            .prop_map(|(header, rows, right)| Table { header, rows, right: vec![right] })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_card_keeps_the_limits(
            title in nasty(), footer in nasty(), table in prop::option::of(table()),
            text in prop::collection::vec(nasty(), 0..8), fields in prop::collection::vec((nasty(), nasty()), 0..40),
            after in prop::collection::vec(nasty(), 0..4), hints in prop::collection::vec(nasty(), 0..6),
            below in prop::option::of((nasty(), table(), prop::collection::vec(nasty(), 0..3))),
        ) {
            let below = below.map(|(title, table, after)| Box::new(Section { title, table, after }));
            let tone = Tone::Plain;
            check(&pages(&Card { title, tone, text, fields, table, after, below, hints, footer, picture: None }));
        }

        #[test]
        fn long_cards_keep_them_too(size in 0usize..40_000, count in 0usize..120) {
            let card = Card { text: vec!["lorem ipsum ".repeat(size / 12)], fields: vec![("n".repeat(300), "v".repeat(90)); count], ..Card::new("t") };
            check(&pages(&card));
        }
    }

    #[test]
    fn a_short_card_is_one_message() {
        let card = Card::new("Portfolio")
            .text("Two positions.")
            .field("Cash", "$900.00")
            .hint("!hedge_why 3")
            .tone(Tone::Good)
            .footer("recorded data · PAPER");
        let out = pages(&card);
        assert_eq!(out.len(), 1);
        let embed = &out[0].embed;
        assert_eq!(embed.title.as_deref(), Some("Portfolio"));
        assert_eq!(embed.description.as_deref(), Some("Two positions."));
        assert_eq!(embed.color, Some(0x2e_cc_71));
        assert_eq!((embed.fields[0].name.as_str(), embed.fields[0].value.as_str()), ("Cash", "$900.00"));
        assert_eq!((embed.fields[1].name.as_str(), embed.fields[1].value.as_str()), ("Next", "Try `!hedge_why 3`"));
        assert_eq!(embed.footer.as_ref().unwrap().text, "recorded data · PAPER");
    }

    #[test]
    fn a_picture_rides_in_the_embed_unless_the_answer_needs_the_file() {
        let picture = |bytes| Some(Box::new(Picture { name: "equity.png", png: vec![7; bytes] }));
        let out = pages(&Card { picture: picture(10), ..Card::new("T") });
        assert_eq!(out[0].file, Some(("equity.png", vec![7; 10])));
        assert_eq!(out[0].embed.image.as_ref().unwrap().url, "attachment://equity.png");
        let out = pages(&Card { picture: picture(PICTURE_BYTES_MAX + 1), ..Card::new("T") });
        assert_eq!((&out[0].file, &out[0].embed.image), (&None, &None), "too large to post");
        let long = Card { text: vec!["word ".repeat(9_000)], picture: picture(10), ..Card::new("T") };
        let out = pages(&long);
        assert_eq!((out[0].file.as_ref().unwrap().0, &out[0].embed.image), ("answer.md", &None));
    }

    #[test]
    fn a_narrow_table_is_drawn() {
        let table = Table {
            header: vec!["Name".into(), "P&L".into()],
            rows: vec![vec!["a``` b".into(), "1.5".into()], vec!["c".into(), "-12.0".into()]],
            right: vec![1],
        };
        let out = pages(&Card { table: Some(table), ..Card::new("T") });
        let drawn = "```\nName      P&L\n───────────────\na''' b    1.5\nc       -12.0\n```"
            .replace("───────────────", "─────────────");
        assert_eq!(out[0].embed.description.as_deref(), Some(drawn.as_str()));
    }

    #[test]
    fn a_wide_table_becomes_fields_and_a_long_one_a_file() {
        let wide = |rows: usize| Table {
            header: vec!["Hedge".into(), "Question".into(), "Edge".into()],
            rows: (0..rows)
                .map(|i| {
                    vec![format!("#{i}"), "Will it rain in a place with a very long name? ".repeat(2), "1%".into()]
                })
                .collect(),
            right: vec![2],
        };
        let few = pages(&Card { table: Some(wide(2)), ..Card::new("T") });
        assert_eq!(few.len(), 1);
        assert_eq!(few[0].embed.fields[1].name, "#1");
        assert!(few[0].embed.fields[1].value.ends_with("\nEdge: 1%"));
        let many = pages(&Card { table: Some(wide(200)), ..Card::new("T") });
        assert_eq!(many.len(), 1);
        let (name, bytes) = many[0].file.as_ref().unwrap();
        assert_eq!(*name, "answer.md");
        assert_eq!(String::from_utf8(bytes.clone()).unwrap().matches("| #").count(), 200);
        assert!(many[0].embed.footer.as_ref().unwrap().text.contains("file"));
    }
}
