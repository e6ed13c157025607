//! `linli`: one program that is the whole platform.

fn main() -> anyhow::Result<()> {
    linli::run()
}
