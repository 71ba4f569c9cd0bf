//! An actor supervisor of our own.
//!
//! `actix::Supervisor` does not restart after a panic (the panic ends its future) and spins on an actor that stops while it
//! starts. This one polls the actor's future under `catch_unwind`, restarts it in place (address and queued messages survive), waits
//! between restarts, and tells its parent when an actor fails more often than its policy allows.

use super::roster::Roster;
use actix::dev::ContextFut;
use actix::{Actor, Addr, AsyncContext, Context, Supervised};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{self, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// How often an actor may fail before it is given up.
#[derive(Debug, Clone, Copy)]
pub struct RestartPolicy {
    /// Restarts allowed within the window; one more gives up.
    pub restarts_max: usize,
    /// The window.
    pub window: Duration,
    /// Wait before the first restart; doubles with each restart inside the window.
    pub backoff_min: Duration,
    /// Longest wait.
    pub backoff_max: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            restarts_max: 5,
            window: Duration::from_secs(60),
            backoff_min: Duration::from_millis(50),
            backoff_max: Duration::from_secs(5),
        }
    }
}

impl RestartPolicy {
    /// The policy of an actor that must wait for a person after its first failure.
    #[must_use]
    pub fn stop_at_first() -> Self {
        Self { restarts_max: 0, ..Self::default() }
    }
}

/// Tells the parent: the actor's name and its last error.
type GaveUp = Box<dyn Fn(&str, &str)>;

struct Supervisor<A: Supervised + Actor<Context = Context<A>>> {
    name: String,
    fut: ContextFut<A, Context<A>>,
    policy: RestartPolicy,
    failures: Vec<Instant>,
    pause: Option<Pin<Box<Sleep>>>,
    roster: Roster,
    gave_up: GaveUp,
}

/// Starts an actor under supervision on the current actix system. `gave_up` is called with the actor's name and the last error,
/// once, when the policy is exhausted; the address is dead from then on.
pub fn supervise<A>(
    name: &str,
    actor: A,
    policy: RestartPolicy,
    roster: Roster,
    gave_up: impl Fn(&str, &str) + 'static,
) -> Addr<A>
where
    A: Supervised + Actor<Context = Context<A>>,
{
    let ctx = Context::new();
    let addr = ctx.address();
    let fut = ctx.into_future(actor);
    roster.started(name);
    actix::spawn(Supervisor {
        name: name.to_owned(),
        fut,
        policy,
        failures: Vec::new(),
        pause: None,
        roster,
        gave_up: Box::new(gave_up),
    });
    addr
}

/// The text of a panic, when it has one.
#[must_use]
pub fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

impl<A: Supervised + Actor<Context = Context<A>>> Supervisor<A> {
    /// Counts a failure. True when another restart is allowed; the pause before it is then set.
    fn count_failure(&mut self, error: &str) -> bool {
        let now = Instant::now();
        self.failures.retain(|t| now.duration_since(*t) <= self.policy.window);
        self.failures.push(now);
        let restarts = self.failures.len();
        if restarts > self.policy.restarts_max {
            self.roster.gave_up(&self.name, error);
            (self.gave_up)(&self.name, error);
            return false;
        }
        let factor = 1_u32 << (restarts - 1).min(16);
        let pause = self.policy.backoff_min.saturating_mul(factor).min(self.policy.backoff_max);
        self.roster.restarted(&self.name, error);
        self.pause = Some(Box::pin(tokio::time::sleep(pause)));
        true
    }
}

impl<A: Supervised + Actor<Context = Context<A>>> Future for Supervisor<A> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            if let Some(pause) = &mut this.pause {
                if pause.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                this.pause = None;
                // False when nobody holds the address any more: then the actor's life is over.
                match catch_unwind(AssertUnwindSafe(|| this.fut.restart())) {
                    Ok(true) => {}
                    Ok(false) => return Poll::Ready(()),
                    Err(panic) => {
                        if !this.count_failure(&panic_text(panic.as_ref())) {
                            return Poll::Ready(());
                        }
                        continue;
                    }
                }
            }
            match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut this.fut).poll(cx))) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(())) => {
                    // It stopped by itself. Counting it keeps an actor that stops while starting from spinning.
                    if !this.count_failure("the actor stopped") {
                        return Poll::Ready(());
                    }
                }
                Err(panic) => {
                    if !this.count_failure(&panic_text(panic.as_ref())) {
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix::{Handler, Message, System};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Message)]
    #[rtype(result = "usize")]
    struct Ping;

    #[derive(Message)]
    #[rtype(result = "()")]
    struct Fail;

    #[derive(Message)]
    #[rtype(result = "()")]
    struct Leave;

    struct Counter {
        seen: usize,
        restarts: Arc<AtomicUsize>,
        stop_in_started: bool,
    }

    impl Actor for Counter {
        type Context = Context<Self>;
        fn started(&mut self, ctx: &mut Self::Context) {
            if self.stop_in_started {
                actix::ActorContext::stop(ctx);
            }
        }
    }

    impl Supervised for Counter {
        fn restarting(&mut self, _: &mut Context<Self>) {
            self.restarts.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Handler<Ping> for Counter {
        type Result = usize;
        fn handle(&mut self, _: Ping, _: &mut Context<Self>) -> usize {
            self.seen += 1;
            self.seen
        }
    }

    impl Handler<Fail> for Counter {
        type Result = ();
        fn handle(&mut self, _: Fail, _: &mut Context<Self>) {
            panic!("handler failed on purpose");
        }
    }

    impl Handler<Leave> for Counter {
        type Result = ();
        fn handle(&mut self, _: Leave, ctx: &mut Context<Self>) {
            actix::ActorContext::stop(ctx);
        }
    }

    fn policy(restarts_max: usize) -> RestartPolicy {
        RestartPolicy {
            restarts_max,
            window: Duration::from_secs(10),
            backoff_min: Duration::from_millis(1),
            backoff_max: Duration::from_millis(4),
        }
    }

    fn start(
        restarts_max: usize,
        stop_in_started: bool,
    ) -> (Addr<Counter>, Arc<AtomicUsize>, Arc<AtomicUsize>, Roster) {
        let (restarts, gave_up) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let roster = Roster::default();
        let counter = Counter { seen: 0, restarts: restarts.clone(), stop_in_started };
        let told = gave_up.clone();
        let addr = supervise("counter", counter, policy(restarts_max), roster.clone(), move |_, _| {
            told.fetch_add(1, Ordering::SeqCst);
        });
        (addr, restarts, gave_up, roster)
    }

    #[test]
    fn survives_panics_with_its_address_queue_and_state() {
        System::new().block_on(async {
            let (addr, restarts, gave_up, roster) = start(3, false);
            assert_eq!(addr.send(Ping).await.unwrap(), 1);
            addr.do_send(Fail);
            // Queued behind the panic; must be answered after the restart.
            assert_eq!(addr.send(Ping).await.unwrap(), 2);
            addr.do_send(Leave);
            assert_eq!(addr.send(Ping).await.unwrap(), 3);
            assert_eq!(restarts.load(Ordering::SeqCst), 2);
            assert_eq!(gave_up.load(Ordering::SeqCst), 0);
            assert_eq!(roster.snapshot()[0].restarts, 2);
        });
    }

    #[test]
    fn gives_up_once_after_its_policy_and_says_why() {
        System::new().block_on(async {
            let (addr, restarts, gave_up, roster) = start(2, false);
            for _ in 0..3 {
                addr.do_send(Fail);
            }
            assert!(addr.send(Ping).await.is_err());
            assert_eq!(restarts.load(Ordering::SeqCst), 2);
            assert_eq!(gave_up.load(Ordering::SeqCst), 1);
            let row = &roster.snapshot()[0];
            assert_eq!(row.last_error.as_deref(), Some("handler failed on purpose"));
            assert!(row.state.contains("gave up"), "{}", row.state);
        });
    }

    #[test]
    fn an_actor_that_stops_while_starting_does_not_spin() {
        System::new().block_on(async {
            let (addr, restarts, gave_up, _) = start(4, true);
            assert!(addr.send(Ping).await.is_err());
            tokio::time::sleep(Duration::from_millis(60)).await;
            assert_eq!(restarts.load(Ordering::SeqCst), 4);
            assert_eq!(gave_up.load(Ordering::SeqCst), 1);
        });
    }
}
