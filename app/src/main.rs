//! linli
fn main() {}
