//! The order of a FIFO queue under faults, as the handlers see it.
//!
//! ```sh
//! cargo test --release --test fifo                                  # 10,000 messages in 200 groups
//! cargo test --release --test fifo -- 100000 1000
//! cargo test --release --test fifo -- 2000 50 http://127.0.0.1:4566 # a server of another project
//! ```
//!
//! Three workers share the queue, one of them with batches. Their handlers fail, panic and are slow. A
//! worker is stopped and replaced again and again. The local queue loses answers. At the end, each message was processed,
//! the messages of each group in order, and no two of a group at once. Exits 1 otherwise.

mod fleet;
mod journal;
mod source;

use std::process::ExitCode;
use std::time::Instant;

use fleet::Fleet;
use journal::Journal;
use source::Source;

/// The size of the test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) messages: usize,
    pub(crate) groups: usize,
}

impl Size {
    /// The place of a message in its group.
    fn place(self, message: usize) -> (usize, usize) {
        (message % self.groups, message / self.groups)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--quiet").collect();
    let number = |place: usize, default| {
        arguments.get(place).map_or(default, |text| text.parse().expect("a number"))
    };
    let size = Size { messages: number(0, 10_000), groups: number(1, 200) };
    silence_panics();
    let began = Instant::now();
    let source = Source::open(arguments.get(2).map(String::as_str)).await;
    println!("{} messages in {} groups", size.messages, size.groups);
    let journal = Journal::new(size);
    let fleet = Fleet::start(&source, journal.clone());
    let mut run = std::pin::pin!(fleet.run());
    // The workers end at their limit, even if sends wait for them.
    let found = tokio::select! {
        found = &mut run => found,
        () = source.send(size, &journal) => run.await,
    };
    let problems = journal.problems(found.leases_lost);
    println!("{found}, {:.0?}\n{}", began.elapsed(), journal.summary());
    for problem in &problems {
        println!("FAILED {problem}");
    }
    println!(
        "{} the order of {} groups",
        if problems.is_empty() { "ok    " } else { "FAILED" },
        size.groups
    );
    ExitCode::from(u8::from(!problems.is_empty()))
}

/// The panics of handlers are a part of the test.
fn silence_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_planned = info.payload().downcast_ref::<&str>() == Some(&fleet::PANIC);
        if !is_planned {
            default(info);
        }
    }));
}
