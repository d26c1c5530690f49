//! The generator: from the package model to a rule file, and the list of what building makes.

pub mod product;

pub use product::{Generated, Product, ProductKind};
