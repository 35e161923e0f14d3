//! Whether a program runs where it should: on AWS Lambda, or as a process of this machine.

use super::architecture::FunctionArchitecture;
use super::build_spec::BuildPurpose;
use super::checks::ProgramProblem;
use super::{checks, elf};
use memchr::memmem;
use object::macho::MachHeader64;
use object::read::macho::MachHeader;
use object::{Endianness, FileKind, macho};
use std::collections::BTreeSet;
use std::path::Path;

/// The variable that lets `lambda_http` leave the stage out of the paths that it shows a function (its `request.rs`). Only whether it is
/// there counts, not its value.
pub const IGNORE_STAGE_VARIABLE: &str = "AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH";

/// Longest first line of a script that Linux reads.
const MAX_SHEBANG: usize = 255;

/// Returns what keeps the program from running where it should, and what may keep it (see [`ProgramProblem::is_fatal`]). `bundled` are
/// the names of the libraries that come with it.
///
/// `provided.al2023` starts a script as well as a binary; nothing but its first line is checked then.
pub fn check(
    program: &[u8],
    purpose: BuildPurpose,
    architecture: FunctionArchitecture,
    bundled: &BTreeSet<String>,
) -> Vec<ProgramProblem> {
    if let Some(line) = shebang(program) {
        return if line.ends_with(b"\r") { vec![ProgramProblem::CarriageReturn] } else { Vec::new() };
    }
    if purpose == BuildPurpose::Host && cfg!(target_vendor = "apple") {
        return check_mach_o(program, architecture);
    }
    if !program.starts_with(&object::elf::ELFMAG) {
        return vec![ProgramProblem::Format { found: describe(program), wanted: "a Linux program (ELF)" }];
    }
    let facts = match elf::read(program) {
        Ok(facts) => facts,
        Err(reason) => return vec![ProgramProblem::Damaged { reason }],
    };
    match purpose {
        BuildPurpose::Lambda(_) => checks::check_elf(&facts, architecture, bundled),
        BuildPurpose::Host => {
            let mut problems = checks::check_machine(&facts, architecture);
            let absent = facts.interpreter.filter(|path| !Path::new(path).exists());
            problems.extend(absent.map(|found| ProgramProblem::LoaderNotHere { found }));
            problems
        }
    }
}

/// Tells whether the program is linked with `lambda_http` for API Gateway, which reads [`IGNORE_STAGE_VARIABLE`]: its name is in the
/// program then.
pub fn uses_lambda_http(program: &[u8]) -> bool {
    memmem::find(program, IGNORE_STAGE_VARIABLE.as_bytes()).is_some()
}

fn check_mach_o(program: &[u8], architecture: FunctionArchitecture) -> Vec<ProgramProblem> {
    let wanted = match architecture {
        FunctionArchitecture::X86_64 => macho::CPU_TYPE_X86_64,
        FunctionArchitecture::Arm64 => macho::CPU_TYPE_ARM64,
    };
    match FileKind::parse(program) {
        // A universal binary: the system picks the part that fits.
        Ok(FileKind::MachOFat32 | FileKind::MachOFat64) => Vec::new(),
        Ok(FileKind::MachO64) => {
            let cpu =
                MachHeader64::<Endianness>::parse(program, 0).and_then(|header| Ok(header.cputype(header.endian()?)));
            match cpu {
                Ok(cpu) if cpu == wanted => Vec::new(),
                Ok(cpu) => {
                    let found = match cpu {
                        macho::CPU_TYPE_X86_64 => "x86_64".to_owned(),
                        macho::CPU_TYPE_ARM64 => "arm64".to_owned(),
                        macho::CpuType(number) => format!("an unknown processor (Mach-O {number})"),
                    };
                    vec![ProgramProblem::Machine { found, wanted: architecture }]
                }
                Err(error) => vec![ProgramProblem::Damaged { reason: error.to_string() }],
            }
        }
        _ => vec![ProgramProblem::Format { found: describe(program), wanted: "a macOS program (Mach-O)" }],
    }
}

fn shebang(program: &[u8]) -> Option<&[u8]> {
    let line = program.strip_prefix(b"#!")?;
    line.get(..MAX_SHEBANG).unwrap_or(line).split(|byte| *byte == b'\n').next()
}

/// Describes a file that is no program for this purpose.
fn describe(program: &[u8]) -> &'static str {
    match FileKind::parse(program) {
        Ok(FileKind::Elf32 | FileKind::Elf64) => "a Linux program (ELF)",
        Ok(FileKind::MachO32 | FileKind::MachO64 | FileKind::MachOFat32 | FileKind::MachOFat64) => {
            "a macOS program (Mach-O)"
        }
        _ if program.is_empty() => "an empty file",
        _ if program.starts_with(b"MZ") => "a Windows program",
        _ if program.starts_with(b"PK\x03\x04") => "a zip inside the zip",
        _ if program.starts_with(b"\x1f\x8b") => "a gzip file",
        _ => "not a program",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::test_elf::TestElf;

    fn verdict(program: &[u8], purpose: BuildPurpose) -> String {
        let architecture = match purpose {
            BuildPurpose::Lambda(architecture) => architecture,
            BuildPurpose::Host => FunctionArchitecture::of_host().expect("tests run on x86_64 or arm64"),
        };
        let problems = check(program, purpose, architecture, &BTreeSet::new());
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_is_no_linux_program_is_called_by_its_name() {
        let mut mach_o = vec![0xcf, 0xfa, 0xed, 0xfe];
        mach_o.resize(32, 0);
        let files: [&[u8]; 6] = [b"", b"MZ\x90", b"PK\x03\x04", b"\x1f\x8b\x08", &mach_o, b"echo hello"];
        let said = files.map(|file| verdict(file, BuildPurpose::Lambda(FunctionArchitecture::Arm64)));
        insta::assert_snapshot!(said.join("\n"), @r#"
        it is an empty file, and a Linux program (ELF) is needed
        it is a Windows program, and a Linux program (ELF) is needed
        it is a zip inside the zip, and a Linux program (ELF) is needed
        it is a gzip file, and a Linux program (ELF) is needed
        it is a macOS program (Mach-O), and a Linux program (ELF) is needed
        it is not a program, and a Linux program (ELF) is needed
        "#);
    }

    #[test]
    fn a_script_needs_unix_line_ends() {
        let lambda = BuildPurpose::Lambda(FunctionArchitecture::Arm64);
        assert_eq!(verdict(b"#!/bin/sh\nexec ./server\n", lambda), "");
        assert_ne!(verdict(b"#!/bin/sh\r\nexec ./server\r\n", lambda), "");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_host_takes_a_newer_glibc_and_refuses_another_loader() {
        let this_test = std::fs::read(std::env::current_exe().expect("path of this test")).expect("readable");
        assert_eq!(verdict(&this_test, BuildPurpose::Host), "");

        let elf = match FunctionArchitecture::of_host() {
            Some(FunctionArchitecture::Arm64) => TestElf::arm64(),
            _ => TestElf::x86_64(),
        };
        let newer = elf.version("GLIBC_2.99").needs("libssl.so.3");
        assert_eq!(verdict(&newer.bytes(), BuildPurpose::Host), "");
        let elsewhere = newer.interpreter("/nowhere/ld.so");
        assert!(verdict(&elsewhere.bytes(), BuildPurpose::Host).contains("/nowhere/ld.so"));
    }
}
