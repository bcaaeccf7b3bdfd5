//! The books: flow files, differences, and openids that are forgotten.

mod classes;
mod differences;
mod files;
mod forget;
mod made_up;
mod million;
mod order;
mod report;
