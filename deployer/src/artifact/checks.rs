//! What keeps a program from running on Lambda, or on a Linux machine.

use super::architecture::FunctionArchitecture;
use super::elf::{ElfFacts, GlibcVersion};
use object::elf;
use std::collections::BTreeSet;

/// The glibc of the runtime `provided.al2023`.
pub const LAMBDA_GLIBC: GlibcVersion = GlibcVersion(2, 34, 0);

/// The libraries that belong to glibc and the compiler's runtime: present wherever the loader is.
const BASE_LIBRARIES: [&str; 9] = [
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
];

/// A reason why a program does not run where it should, as a clause that follows the program's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message says what each one is")]
pub enum ProgramProblem {
    #[error("it is {found}, and {wanted} is needed")]
    Format { found: &'static str, wanted: &'static str },
    #[error("it is damaged: {reason}")]
    Damaged { reason: String },
    #[error("it is cut off: it has {len} bytes and refers to {extent}")]
    Truncated { len: u64, extent: u64 },
    #[error("it is {found}, and an executable is needed")]
    NotExecutable { found: &'static str },
    #[error("it is built for {found}, and {wanted} is needed")]
    Machine { found: String, wanted: FunctionArchitecture },
    #[error(
        "it starts through the dynamic loader {found:?}, which is not there; {wanted:?} or a static program is needed"
    )]
    Interpreter { found: String, wanted: String },
    #[error("it starts through the dynamic loader {found:?}, which this machine does not have")]
    LoaderNotHere { found: String },
    #[error(
        "it needs glibc {found}{}, and the runtime has glibc {LAMBDA_GLIBC}",
        symbol.as_ref().map(|symbol| format!(" (for {symbol})")).unwrap_or_default()
    )]
    Glibc { found: GlibcVersion, symbol: Option<String> },
    #[error("it needs the glibc feature {feature}, which is newer than the runtime's glibc {LAMBDA_GLIBC}")]
    GlibcFeature { feature: String },
    #[error("its first line ends in a carriage return, so that the interpreter is not found: use Unix line ends")]
    CarriageReturn,
    #[error(
        "it loads the shared library {name}, which the runtime may not have: link it statically, or bring it in `lib/`"
    )]
    Library { name: String },
}

impl ProgramProblem {
    /// Tells whether the program certainly does not run. The one exception is a library that may be there after all.
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Self::Library { .. })
    }

    /// Tells whether linking against another C library removes the problem.
    pub fn is_about_libc(&self) -> bool {
        matches!(self, Self::Interpreter { .. } | Self::Glibc { .. } | Self::GlibcFeature { .. })
    }
}

/// Returns what keeps the program from running on Lambda. `bundled` are the names of the libraries that come with it.
pub fn check_elf(
    facts: &ElfFacts,
    architecture: FunctionArchitecture,
    bundled: &BTreeSet<String>,
) -> Vec<ProgramProblem> {
    let mut problems = check_machine(facts, architecture);
    if !problems.is_empty() {
        // What follows would only be the same mistake in other words.
        return problems;
    }
    let loader = loader(architecture);
    if let Some(found) = facts.interpreter.as_ref().filter(|found| *found != loader) {
        problems.push(ProgramProblem::Interpreter { found: found.clone(), wanted: loader.to_owned() });
    }
    if let Some((found, symbol)) = &facts.glibc
        && *found > LAMBDA_GLIBC
    {
        problems.push(ProgramProblem::Glibc { found: *found, symbol: symbol.clone() });
    }
    let features = facts.glibc_features.iter().cloned();
    problems.extend(features.map(|feature| ProgramProblem::GlibcFeature { feature }));

    // Another loader comes with other names for the base libraries.
    if problems.is_empty() {
        let unknown = facts
            .needed
            .iter()
            .filter(|name| !BASE_LIBRARIES.contains(&name.as_str()) && !bundled.contains(name.as_str()));
        problems.extend(unknown.map(|name| ProgramProblem::Library { name: name.clone() }));
    }
    problems
}

/// Returns what keeps the program from running on any Linux of this architecture.
pub fn check_machine(facts: &ElfFacts, architecture: FunctionArchitecture) -> Vec<ProgramProblem> {
    let mut problems = Vec::new();
    if facts.extent > facts.len {
        problems.push(ProgramProblem::Truncated { len: facts.len, extent: facts.extent });
    }
    let not_executable = match elf::FileType(facts.file_type) {
        elf::ET_EXEC | elf::ET_DYN if facts.has_entry => None,
        elf::ET_EXEC | elf::ET_DYN => Some("a shared library"),
        elf::ET_REL => Some("an object file"),
        elf::ET_CORE => Some("a core dump"),
        _ => Some("an ELF file of an unknown type"),
    };
    problems.extend(not_executable.map(|found| ProgramProblem::NotExecutable { found }));
    let wanted = match architecture {
        FunctionArchitecture::X86_64 => elf::EM_X86_64,
        FunctionArchitecture::Arm64 => elf::EM_AARCH64,
    };
    if elf::Machine(facts.machine) != wanted || facts.bits != 64 || !facts.little_endian {
        problems.push(ProgramProblem::Machine { found: describe_machine(facts), wanted: architecture });
    }
    problems
}

/// Returns the dynamic loader of glibc, which every distribution with glibc has at this path.
fn loader(architecture: FunctionArchitecture) -> &'static str {
    match architecture {
        FunctionArchitecture::X86_64 => "/lib64/ld-linux-x86-64.so.2",
        FunctionArchitecture::Arm64 => "/lib/ld-linux-aarch64.so.1",
    }
}

fn describe_machine(facts: &ElfFacts) -> String {
    let name = match (elf::Machine(facts.machine), facts.bits) {
        (elf::EM_X86_64, 64) => "x86_64",
        (elf::EM_X86_64, _) => "x32 (x86_64 with 32-bit pointers)",
        (elf::EM_AARCH64, 64) => "arm64",
        (elf::EM_AARCH64, _) => "arm64 with 32-bit pointers",
        (elf::EM_386, _) => "32-bit x86",
        (elf::EM_ARM, _) => "32-bit ARM",
        (elf::EM_RISCV, _) => "RISC-V",
        (elf::EM_PPC64, _) => "POWER",
        (elf::EM_S390, _) => "s390x",
        (elf::Machine(number), bits) => {
            return format!("an unknown {bits}-bit processor (machine {number})");
        }
    };
    if facts.little_endian { name.to_owned() } else { format!("big-endian {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::elf::read;
    use crate::artifact::test_elf::TestElf;
    use FunctionArchitecture::{Arm64, X86_64};

    fn verdict(elf: TestElf, architecture: FunctionArchitecture) -> Vec<String> {
        let facts = read(&elf.bytes()).expect("made file is readable");
        check_elf(&facts, architecture, &BTreeSet::new()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_runs_on_lambda_has_no_problem() {
        assert_eq!(verdict(TestElf::x86_64(), X86_64), [""; 0], "static");
        assert_eq!(verdict(TestElf::x86_64().dynamic(), X86_64), [""; 0], "dynamic");
        assert_eq!(verdict(TestElf::arm64().dynamic(), Arm64), [""; 0], "arm64");
        assert_eq!(verdict(TestElf::x86_64().dynamic().version("GLIBC_2.34"), X86_64), [""; 0], "the limit itself");
        assert_eq!(
            verdict(TestElf::x86_64().dynamic().weak_version("GLIBC_2.39"), X86_64),
            [""; 0],
            "the loader ignores a weak version"
        );
        assert_eq!(verdict(TestElf::x86_64().dynamic().version("GCC_99.0"), X86_64), [""; 0], "not glibc");
    }

    #[test]
    fn every_problem_says_what_was_found_and_what_is_needed() {
        let cases = [
            (TestElf::x86_64(), Arm64),
            (TestElf::arm64().dynamic(), X86_64),
            (TestElf::x86_64().machine(elf::EM_RISCV), X86_64),
            (TestElf::x86_64().machine(elf::Machine(4711)), X86_64),
            (TestElf::x86_64().file_type(elf::ET_REL), X86_64),
            (TestElf::x86_64().without_entry(), X86_64),
            (TestElf::x86_64().interpreter("/lib/ld-musl-x86_64.so.1").needs("libc.so"), X86_64),
            (TestElf::x86_64().dynamic().version("GLIBC_2.2.5").version("GLIBC_2.38"), X86_64),
            (TestElf::x86_64().dynamic().version("GLIBC_2.34.1"), X86_64),
            (TestElf::x86_64().dynamic().version("GLIBC_ABI_DT_RELR"), X86_64),
            (TestElf::x86_64().dynamic().needs("libssl.so.1.1"), X86_64),
            (TestElf::x86_64().interpreter("/\x1b[31m"), X86_64),
        ];
        let said: Vec<_> = cases.into_iter().map(|(elf, wanted)| verdict(elf, wanted).join("; ")).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        it is built for x86_64, and arm64 is needed
        it is built for arm64, and x86_64 is needed
        it is built for RISC-V, and x86_64 is needed
        it is built for an unknown 64-bit processor (machine 4711), and x86_64 is needed
        it is an object file, and an executable is needed
        it is a shared library, and an executable is needed
        it starts through the dynamic loader "/lib/ld-musl-x86_64.so.1", which is not there; "/lib64/ld-linux-x86-64.so.2" or a static program is needed
        it needs glibc 2.38, and the runtime has glibc 2.34
        it needs glibc 2.34.1, and the runtime has glibc 2.34
        it needs the glibc feature GLIBC_ABI_DT_RELR, which is newer than the runtime's glibc 2.34
        it loads the shared library libssl.so.1.1, which the runtime may not have: link it statically, or bring it in `lib/`
        it starts through the dynamic loader "/\\x1b[31m", which is not there; "/lib64/ld-linux-x86-64.so.2" or a static program is needed
        "#);
    }

    #[test]
    fn a_library_that_comes_along_is_fine() {
        let facts = read(&TestElf::x86_64().dynamic().needs("libfoo.so.1").bytes()).expect("readable");
        let bundled = BTreeSet::from(["libfoo.so.1".to_owned()]);
        assert_eq!(check_elf(&facts, X86_64, &bundled), []);
        let problems = check_elf(&facts, X86_64, &BTreeSet::new());
        assert!(!problems.is_empty() && problems.iter().all(|problem| !problem.is_fatal()));
    }

    #[test]
    fn a_cut_off_file_is_recognised_at_every_length() {
        let whole = TestElf::x86_64().dynamic().version("GLIBC_2.34").bytes();
        for len in 0..whole.len() {
            let refused = read(&whole[..len]).map(|facts| check_elf(&facts, X86_64, &BTreeSet::new()));
            assert!(
                refused.is_err() || refused.is_ok_and(|problems| problems.iter().any(ProgramProblem::is_fatal)),
                "{len}"
            );
        }
    }
}
