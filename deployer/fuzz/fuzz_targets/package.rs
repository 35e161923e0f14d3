//! The code of a function that somebody brings: a zip or a program.

#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = deployer::artifact::inspect_zip(bytes);
    let _ = deployer::artifact::read_elf(bytes);
});
