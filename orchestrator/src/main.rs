//! The `betty` program.

use betty::cli::Cli;
use betty::program;
use clap::Parser;
use std::io::Write;

fn main() {
    let cli = Cli::parse();
    // One runtime for everything: actors on this thread, I/O on its workers.
    let system = actix::System::with_tokio_rt(|| {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap_or_else(|e| {
            eprintln!("betty: the system gives no threads ({e}); close other programs and try again");
            std::process::exit(1)
        })
    });
    let code = system.block_on(program::run(cli));
    let _ = std::io::stdout().flush();
    // A read from a terminal cannot be taken back, and must not keep the program from ending.
    std::process::exit(i32::from(code));
}
