//! Which task may run now: a plain state machine, event in, decision out. No I/O, no clock.

use betty_bus::{SpecialistKind, Task, TaskId};
use std::collections::{BTreeMap, VecDeque};

/// Attempts running at once, over all specialists.
pub const RUNNING_MAX: usize = 8;
/// Attempts of one specialist running at once.
pub const RUNNING_PER_SPECIALIST_MAX: usize = 2;

#[derive(Debug, Clone, Copy)]
struct Work {
    kind: SpecialistKind,
    writes_account: bool,
    computes_long: bool,
}

impl Work {
    fn of(task: &Task) -> Self {
        Self { kind: task.specialist(), writes_account: task.writes_account(), computes_long: task.computes_long() }
    }
}

/// The queue and what runs.
#[derive(Debug, Default)]
pub struct Dispatcher {
    waiting: VecDeque<(TaskId, Work)>,
    running: BTreeMap<TaskId, Work>,
    down: Vec<SpecialistKind>,
    paused: bool,
}

/// What to do with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Claim an attempt and hand it to the specialist.
    Start(TaskId, SpecialistKind),
    /// The specialist was given up: end the task with that reason.
    Refuse(TaskId, SpecialistKind),
}

impl Dispatcher {
    /// A task waits. Asking twice for the same task changes nothing.
    pub fn enqueue(&mut self, id: TaskId, task: &Task) {
        if !self.running.contains_key(&id) && !self.waiting.iter().any(|(t, _)| *t == id) {
            self.waiting.push_back((id, Work::of(task)));
        }
    }

    /// An attempt is over, however it ended.
    pub fn ended(&mut self, id: TaskId) {
        self.running.remove(&id);
    }

    /// A waiting task was cancelled. True if it waited here.
    pub fn forget(&mut self, id: TaskId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|(t, _)| *t != id);
        before != self.waiting.len()
    }

    /// A specialist was given up.
    pub fn specialist_down(&mut self, kind: SpecialistKind) {
        if !self.down.contains(&kind) {
            self.down.push(kind);
        }
    }

    /// Stops or resumes starting attempts. Running ones go on.
    pub const fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Whether starting is stopped.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Place in the queue, from 1; `None` when it does not wait.
    #[must_use]
    pub fn place(&self, id: TaskId) -> Option<usize> {
        self.waiting.iter().position(|(t, _)| *t == id).map(|i| i + 1)
    }

    /// Tasks running now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Tasks waiting now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn may_run(&self, work: Work) -> bool {
        let same = self.running.values().filter(|w| w.kind == work.kind).count();
        // Two trades worked out at once from the same cash would make one of them fail at the end: run them in turn.
        let account_busy = work.writes_account && self.running.values().any(|w| w.writes_account);
        // Long computations run one at a time: a second one would take the processor and the specialist's place from everybody else.
        let computer_busy = work.computes_long && self.running.values().any(|w| w.computes_long);
        self.running.len() < RUNNING_MAX && same < RUNNING_PER_SPECIALIST_MAX && !account_busy && !computer_busy
    }

    /// Everything that can be decided now, oldest first.
    pub fn decide(&mut self) -> Vec<Decision> {
        let mut decisions = Vec::new();
        let mut kept = VecDeque::new();
        while let Some((id, work)) = self.waiting.pop_front() {
            if self.down.contains(&work.kind) {
                decisions.push(Decision::Refuse(id, work.kind));
            } else if !self.paused && self.may_run(work) {
                self.running.insert(id, work);
                decisions.push(Decision::Start(id, work.kind));
            } else {
                kept.push_back((id, work));
            }
        }
        self.waiting = kept;
        decisions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_bus::task::{AutoTask, BacktestJob, BacktestStrategy, BacktestTask, HedgeTask, PaperTask, ResearchTask};
    use proptest::prelude::*;

    fn id(n: i64) -> TaskId {
        TaskId::new(n).unwrap()
    }

    fn task(kind: u8) -> Task {
        match kind % 4 {
            0 => Task::Hedge(HedgeTask::Status { limit: 1 }),
            1 => Task::Paper(PaperTask::Settle),
            2 => Task::Paper(PaperTask::Portfolio),
            _ => Task::Research(ResearchTask { question: "?".into() }),
        }
    }

    #[test]
    fn trades_run_one_at_a_time_and_reads_do_not_wait_for_them() {
        let mut d = Dispatcher::default();
        d.enqueue(id(1), &task(1));
        d.enqueue(id(2), &task(1));
        d.enqueue(id(3), &task(2));
        let paper = SpecialistKind::PaperTrader;
        assert_eq!(d.decide(), [Decision::Start(id(1), paper), Decision::Start(id(3), paper)]);
        assert_eq!(d.place(id(2)), Some(1));
        d.ended(id(1));
        assert_eq!(d.decide(), [Decision::Start(id(2), paper)]);
    }

    #[test]
    fn backtests_run_one_at_a_time_and_leave_room_for_the_rules() {
        let backtest =
            || Task::Backtest(Box::new(BacktestTask::Run { job: BacktestJob::new(BacktestStrategy::Active) }));
        let mut d = Dispatcher::default();
        d.enqueue(id(1), &backtest());
        d.enqueue(id(2), &backtest());
        d.enqueue(id(3), &Task::Auto(AutoTask::Check));
        d.enqueue(id(4), &Task::Backtest(Box::new(BacktestTask::List { limit: 1 })));
        let auto = SpecialistKind::AutoTrader;
        assert_eq!(d.decide(), [Decision::Start(id(1), auto), Decision::Start(id(3), auto)]);
        d.ended(id(3));
        assert_eq!(d.decide(), [Decision::Start(id(4), auto)], "a list is no computation");
        d.ended(id(1));
        assert_eq!(d.decide(), [Decision::Start(id(2), auto)]);
    }

    #[test]
    fn pause_keeps_tasks_and_a_dead_specialist_refuses_them() {
        let mut d = Dispatcher::default();
        d.set_paused(true);
        d.enqueue(id(1), &task(0));
        d.enqueue(id(1), &task(0));
        assert_eq!(d.decide(), []);
        assert_eq!(d.waiting(), 1);
        d.set_paused(false);
        d.specialist_down(SpecialistKind::HedgeSpecialist);
        assert_eq!(d.decide(), [Decision::Refuse(id(1), SpecialistKind::HedgeSpecialist)]);
    }

    proptest! {
        #[test]
        fn limits_hold_and_every_task_starts_once(kinds in prop::collection::vec(0_u8..4, 1..60), order in any::<u64>()) {
            let mut d = Dispatcher::default();
            for (i, kind) in kinds.iter().enumerate() {
                d.enqueue(id(i as i64 + 1), &task(*kind));
            }
            let mut running: Vec<TaskId> = Vec::new();
            let mut started = 0;
            let mut dice = order;
            while started < kinds.len() || !running.is_empty() {
                for decision in d.decide() {
                    let Decision::Start(t, _) = decision else { panic!("nothing is down") };
                    prop_assert!(!running.contains(&t));
                    running.push(t);
                    started += 1;
                }
                prop_assert!(running.len() <= RUNNING_MAX);
                let writers = running.iter().filter(|t| kinds[t.get() as usize - 1] == 1).count();
                prop_assert!(writers <= 1);
                prop_assert!(!running.is_empty(), "nothing runs although tasks wait");
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let ended = running.swap_remove((dice >> 33) as usize % running.len());
                d.ended(ended);
            }
            prop_assert_eq!(d.waiting() + d.running(), 0);
        }
    }
}
