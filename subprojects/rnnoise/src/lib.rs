// SPDX-License-Identifier: LGPL-2.1-or-later
//! The C functions `rnnoise_*` of the crate nnnoiseless as a static library.
//! It is the only Rust of the project: two Rust static libraries in one link
//! would both bring the standard library.
pub use nnnoiseless::*;
