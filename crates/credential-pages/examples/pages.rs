//! Writes a page of every status in every language: `cargo run -p lp-credential-pages --example pages DIRECTORY`.
#![expect(clippy::expect_used, reason = "of texts that are URLs and dates")]

#[path = "../tests/it/samples.rs"]
mod samples;

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let directory = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "pages".into()));
    std::fs::create_dir_all(&directory)?;
    for (name, html) in samples::all() {
        std::fs::write(directory.join(name).with_added_extension("html"), html)?;
    }
    Ok(())
}
