//! Writes sample reports with invented numbers into a folder, to look at: `cargo run -p betty-report --example sample -- FOLDER`.

#[path = "../tests/support/mod.rs"]
mod support;

use betty_report::{Theme, charts, compare, data, html, page, text};
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
    std::fs::create_dir_all(&folder)?;
    let samples = [
        ("recorded", support::recorded()),
        ("simulated", support::simulated()),
        ("few", support::few()),
        ("empty", support::empty()),
        ("hostile", support::hostile()),
    ];
    for (name, report) in &samples {
        std::fs::write(folder.join(format!("{name}.html")), page(report, &[]))?;
        std::fs::write(folder.join(format!("{name}-trades.csv")), data::trades_csv(report))?;
        std::fs::write(folder.join(format!("{name}.json")), data::json(report)?)?;
        for chart in charts(report) {
            for (theme, word) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
                std::fs::write(folder.join(format!("{name}-{}-{word}.png", chart.id)), chart.png(theme, 1)?)?;
            }
            std::fs::write(folder.join(format!("{name}-{}.svg", chart.id)), chart.svg(Theme::Light))?;
        }
        println!("== {name}\n{}\n-- full\n{}\n", text::summary(report).join("\n"), text::full(report, 78).join("\n"));
    }
    let comparison = compare(&[&samples[0].1, &samples[1].1]);
    std::fs::write(folder.join("comparison.html"), html::compare_page(&comparison))?;
    println!("== comparison\n{}", compare::text(&comparison, 120).join("\n"));
    Ok(())
}
