//! `linli`: one program that is the whole platform.

/// A deed makes many small things and forgets them at once; with the system's allocator it takes about a twentieth longer.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    linli::run()
}
