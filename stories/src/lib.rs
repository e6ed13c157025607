//! The stories (场景测试): one test binary, `tests/main.rs`, that goes through the house over HTTP on both
//! engines, with a fixed cast and a clock that is moved by hand. This library is empty on purpose.
