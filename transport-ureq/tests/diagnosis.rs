//! The tests of the doctor's diagnosis. An example that is compiled as a test is not built as a program, and
//! `examples.rs` needs the program.
#![cfg(test)]
#![allow(dead_code, reason = "the example uses the rest")]

#[path = "../examples/doctor/diagnosis.rs"]
mod diagnosis;
