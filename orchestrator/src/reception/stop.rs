//! The kill switch: `!stop_all` stops every entry for good, `!resume` lifts it. It is kept in the database, so it holds over restarts
//! and for every process. Exits, settlements and closes by hand go through: they only reduce what is at stake.

use super::Reception;
use crate::card::{Card, Tone};
use crate::clean::clean_cut;
use crate::front::Asker;
use betty_specialists::auto::{KILL_SWITCH, kill_switch};

/// Characters of an asker's id that are kept with the switch.
const ASKER_CHARS_MAX: usize = 40;

impl Reception {
    /// Sets the switch first, so that whatever happens next nothing is entered; then cancels what waits and runs.
    pub(super) async fn stop_all(&self, asker: &Asker) -> Card {
        let betty = &self.app.betty;
        let since = format!("since {} by {}", betty.clock.now(), clean_cut(&asker.id, ASKER_CHARS_MAX));
        if let Err(e) = betty.journal.set_setting(KILL_SWITCH, &since).await {
            // Without the switch the next best thing: nothing at all is started here.
            betty.set_paused(true);
            return Card::refused(
                "Stopped in part",
                format!(
                    "The kill switch could not be written ({e}), so this Betty is paused instead. Say `!stop_all` again."
                ),
            );
        }
        let was_paused = betty.load(None).await.is_none_or(|load| load.paused);
        betty.set_paused(true);
        let cancelled = betty.cancel_all("stopped by an admin").await;
        // Exits and closes must be possible, so what comes in from now on is started again.
        betty.set_paused(was_paused);
        let card = match cancelled {
            Ok(n) => Card::new("Stopped").text(format!(
                "The kill switch is on: nothing is entered any more, by rule or by hand, over restarts too. {n} tasks that waited or ran were cancelled."
            )),
            Err(e) => Card::new("Stopped in part").tone(Tone::Bad).text(format!(
                "The kill switch is on: nothing is entered any more. Not every task could be cancelled: {e}"
            )),
        };
        card.text(
            "Open positions stay as they are; exits, settlements and closes go through. `!resume` lifts the switch, `!pause` stops all work.",
        )
        .hint("!auto_trade status")
        .hint("!paper_trade positions open")
    }

    /// Starts work again and lifts the kill switch.
    pub(super) async fn resume(&self) -> Card {
        self.app.betty.set_paused(false);
        self.lift(Card::new("Resumed").text("Waiting tasks are started again.")).await
    }

    /// Lifts the kill switch and says whether it was on.
    pub(super) async fn lift(&self, card: Card) -> Card {
        let betty = &self.app.betty;
        let lifted = match kill_switch(betty.desk.as_ref()).await {
            Ok(None) => return card.text("The kill switch is off."),
            Ok(Some(since)) => {
                betty.journal.set_setting(KILL_SWITCH, "").await.map(|()| since).map_err(|e| e.to_string())
            }
            Err(e) => Err(e.to_string()),
        };
        match lifted {
            Ok(since) => card.text(format!("The kill switch, on {since}, is lifted: entries are possible again.")),
            Err(e) => card.tone(Tone::Bad).text(format!("The kill switch could not be lifted: {e}")),
        }
    }
}
