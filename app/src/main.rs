//! `linli`: one program that is the whole platform.

/// A deed makes many small things and forgets them at once; the system's allocator takes a tenth of its time for that.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    linli::run()
}
