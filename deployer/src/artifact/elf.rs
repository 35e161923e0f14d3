//! What an ELF file says about where it can run.
//!
//! [`read`] looks at the same tables as the dynamic loader does (program headers and the dynamic segment), so that a
//! binary without section headers hides nothing; section headers are used only to name the symbol behind a version.
//! The bytes may be truncated or hostile: every offset is checked and every loop over them is bounded.

use object::read::elf::{Dyn, FileHeader, ProgramHeader, Sym};
use object::read::{ReadRef, SymbolIndex};
use object::{Endianness, FileKind, elf};
use std::collections::BTreeSet;
use std::fmt;

/// More entries than this in one table are nothing that a linker makes.
const MAX_ENTRIES: usize = 1 << 16;

/// Longest name that is read; what is longer is cut.
const MAX_NAME: usize = 255;

/// A version of the GNU C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GlibcVersion(
    /// Major.
    pub u16,
    /// Minor.
    pub u16,
    /// Patch; 0 when the version has none.
    pub u16,
);

impl GlibcVersion {
    /// Reads what follows `GLIBC_` in a symbol version; `None` for anything but two or three numbers.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(|part| part.parse::<u16>().ok());
        let version = Self(parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
        parts.next().is_none().then_some(version)
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)?;
        if self.2 != 0 {
            write!(f, ".{}", self.2)?;
        }
        Ok(())
    }
}

/// What an ELF file says about where it can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfFacts {
    /// 32 or 64.
    pub bits: u8,
    /// Whether the byte order is little-endian.
    pub little_endian: bool,
    /// The processor (`EM_*`).
    pub machine: u16,
    /// What kind of file it is (`ET_*`).
    pub file_type: u16,
    /// Whether it says where to start; a shared library does not.
    pub has_entry: bool,
    /// The dynamic loader; `None` for a static program.
    pub interpreter: Option<String>,
    /// The shared libraries it loads at start.
    pub needed: Vec<String>,
    /// The newest glibc that a symbol of it requires, and one such symbol when the file tells.
    pub glibc: Option<(GlibcVersion, Option<String>)>,
    /// Requirements on glibc that are not plain versions, for example `GLIBC_ABI_DT_RELR`.
    pub glibc_features: BTreeSet<String>,
    /// How many bytes the file must have for everything it loads.
    pub extent: u64,
    /// How many bytes the file has.
    pub len: u64,
}

/// Reads an ELF file.
///
/// # Errors
/// How its headers contradict its bytes.
pub fn read(bytes: &[u8]) -> Result<ElfFacts, String> {
    match FileKind::parse(bytes) {
        Ok(FileKind::Elf64) => read_class::<elf::FileHeader64<Endianness>>(bytes),
        Ok(FileKind::Elf32) => read_class::<elf::FileHeader32<Endianness>>(bytes),
        Ok(_) => Err("no ELF header".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn read_class<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<ElfFacts, String> {
    let header = Elf::parse(bytes).map_err(|error| error.to_string())?;
    let endian = header.endian().map_err(|error| error.to_string())?;
    let segments = header.program_headers(endian, bytes).map_err(|error| error.to_string())?;

    let mut facts = ElfFacts {
        bits: if header.is_class_64() { 64 } else { 32 },
        little_endian: header.is_little_endian(),
        machine: header.e_machine(endian).0,
        file_type: header.e_type(endian).0,
        has_entry: header.e_entry(endian).into() != 0,
        interpreter: None,
        needed: Vec::new(),
        glibc: None,
        glibc_features: BTreeSet::new(),
        extent: 0,
        len: bytes.len() as u64,
    };
    for segment in segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD) {
        let (offset, size) = segment.file_range(endian);
        facts.extent = facts.extent.max(offset.saturating_add(size));
    }
    if facts.extent > facts.len {
        // What the file still has of its tables may be anything.
        return Ok(facts);
    }
    for segment in segments {
        if let Some(path) = segment.interpreter(endian, bytes).map_err(|error| error.to_string())? {
            facts.interpreter = Some(printable(path));
        }
    }
    if let Some(dynamic) = DynamicSegment::<Elf>::find(segments, endian, bytes)? {
        facts.needed = dynamic.needed()?;
        dynamic.versions(header, &mut facts)?;
    }
    Ok(facts)
}

/// The dynamic segment and the way from its addresses to the file.
struct DynamicSegment<'data, Elf: FileHeader<Endian = Endianness>> {
    segments: &'data [Elf::ProgramHeader],
    entries: &'data [Elf::Dyn],
    endian: Endianness,
    bytes: &'data [u8],
}

impl<'data, Elf: FileHeader<Endian = Endianness>> DynamicSegment<'data, Elf> {
    fn find(
        segments: &'data [Elf::ProgramHeader],
        endian: Endianness,
        bytes: &'data [u8],
    ) -> Result<Option<Self>, String> {
        for segment in segments {
            if let Some(entries) = segment.dynamic(endian, bytes).map_err(|error| error.to_string())? {
                return Ok(Some(Self { segments, entries, endian, bytes }));
            }
        }
        Ok(None)
    }

    fn values(&self, tag: elf::DynamicTag) -> impl Iterator<Item = u64> {
        let entries = self.entries.iter().take(MAX_ENTRIES);
        entries
            .take_while(|entry| entry.tag(self.endian) != elf::DT_NULL)
            .filter(move |entry| entry.tag(self.endian) == tag)
            .map(|entry| entry.val(self.endian))
    }

    /// Returns the bytes of the file from a virtual address to the end of what is loaded there.
    fn at(&self, address: u64) -> Option<&'data [u8]> {
        let loads = self.segments.iter().filter(|segment| segment.p_type(self.endian) == elf::PT_LOAD);
        for segment in loads {
            let start: u64 = segment.p_vaddr(self.endian).into();
            let data = segment.data(self.endian, self.bytes).ok()?;
            let within = address.checked_sub(start).and_then(|within| usize::try_from(within).ok());
            if let Some(tail) = within.and_then(|within| data.get(within..)).filter(|tail| !tail.is_empty()) {
                return Some(tail);
            }
        }
        None
    }

    fn strings(&self) -> Result<&'data [u8], String> {
        let table = self.values(elf::DT_STRTAB).next().and_then(|address| self.at(address));
        table.ok_or_else(|| "its dynamic string table is not in the file".to_owned())
    }

    fn needed(&self) -> Result<Vec<String>, String> {
        let mut names = self.values(elf::DT_NEEDED).peekable();
        if names.peek().is_none() {
            return Ok(Vec::new());
        }
        let strings = self.strings()?;
        names.map(|offset| string(strings, offset)).collect()
    }

    /// Reads the symbol versions that must exist in the libraries, as the loader checks them before the program starts.
    fn versions(&self, header: &Elf, facts: &mut ElfFacts) -> Result<(), String> {
        let Some(address) = self.values(elf::DT_VERNEED).next() else {
            return Ok(());
        };
        let broken = || "its table of needed symbol versions is not in the file".to_owned();
        let table = self.at(address).ok_or_else(broken)?;
        let strings = self.strings()?;
        let mut newest: Option<(GlibcVersion, u16)> = None;
        let mut budget = MAX_ENTRIES;
        let mut library_at = 0_u64;
        loop {
            let library: &elf::Verneed<Endianness> = table.read_at(library_at).map_err(|()| broken())?;
            let mut version_at = library_at + u64::from(library.vn_aux.get(self.endian));
            for _ in 0..library.vn_cnt.get(self.endian) {
                budget = budget.checked_sub(1).ok_or_else(broken)?;
                let version: &elf::Vernaux<Endianness> = table.read_at(version_at).map_err(|()| broken())?;
                let name = string(strings, version.vna_name.get(self.endian).into())?;
                let weak = version.vna_flags.get(self.endian).contains(elf::VER_FLG_WEAK);
                // The loader lets a program start without a version that only weak symbols want.
                if let Some(rest) = name.strip_prefix("GLIBC_").filter(|_| !weak) {
                    match GlibcVersion::parse(rest) {
                        Some(found) if newest.is_none_or(|(newest, _)| found > newest) => {
                            newest = Some((found, version.vna_other.get(self.endian).0));
                        }
                        Some(_) => {}
                        // The runtime's glibc has this one; its symbols carry no promise, but they are there.
                        None if rest == "PRIVATE" => {}
                        None => drop(facts.glibc_features.insert(name)),
                    }
                }
                match version.vna_next.get(self.endian) {
                    0 => break,
                    next => version_at += u64::from(next),
                }
            }
            budget = budget.checked_sub(1).ok_or_else(broken)?;
            match library.vn_next.get(self.endian) {
                0 => break,
                next => library_at += u64::from(next),
            }
        }
        facts.glibc = newest.map(|(glibc, index)| (glibc, self.symbol_of(header, index)));
        Ok(())
    }

    /// Finds one symbol that wants the given version. Only section headers tell how many symbols there are, so a file without them has
    /// none; all that this costs is a name in a message.
    fn symbol_of(&self, header: &Elf, version: u16) -> Option<String> {
        let sections = header.sections(self.endian, self.bytes).ok()?;
        let symbols = sections.symbols(self.endian, self.bytes, elf::SHT_DYNSYM).ok()?;
        let (versions, _) = sections.gnu_versym(self.endian, self.bytes).ok()??;
        let index = versions.iter().position(|found| found.0.get(self.endian).index().0 == version)?;
        let symbol = symbols.symbol(SymbolIndex(index)).ok()?;
        let name = symbol.name(self.endian, symbols.strings()).ok()?;
        Some(printable(name)).filter(|name| !name.is_empty())
    }
}

fn string(table: &[u8], offset: u64) -> Result<String, String> {
    let tail = usize::try_from(offset).ok().and_then(|offset| table.get(offset..));
    let tail = tail.ok_or_else(|| format!("name {offset} is not in its dynamic string table"))?;
    Ok(printable(tail.split(|byte| *byte == 0).next().unwrap_or_default()))
}

/// Returns a name from the file in a form that is safe to print: cut to a sane length, anything but printable ASCII escaped.
fn printable(bytes: &[u8]) -> String {
    bytes.get(..MAX_NAME).unwrap_or(bytes).escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::FunctionArchitecture;
    use crate::artifact::checks::{check_elf, check_machine};
    use crate::artifact::test_elf::TestElf;
    use proptest::prelude::*;

    #[test]
    fn the_symbol_behind_the_version_is_named() {
        let facts = read(&TestElf::x86_64().dynamic().version("GLIBC_2.38").symbol("__isoc23_strtol").bytes());
        let glibc = facts.expect("readable").glibc;
        assert_eq!(glibc, Some((GlibcVersion(2, 38, 0), Some("__isoc23_strtol".to_owned()))));
    }

    #[test]
    fn glibc_versions_are_ordered_as_numbers() {
        assert!(GlibcVersion::parse("2.9") < GlibcVersion::parse("2.34"));
        assert!(GlibcVersion::parse("2.2.5") < GlibcVersion::parse("2.3"));
        for not_a_version in ["", "2", "2.", "2.34.5.6", "x.y", "2.99999", "PRIVATE"] {
            assert_eq!(GlibcVersion::parse(not_a_version), None, "{not_a_version}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_real_program_is_read() {
        let program = std::fs::read(std::env::current_exe().expect("path of this test")).expect("readable");
        let facts = read(&program).expect("this very program is sound");
        let host = FunctionArchitecture::of_host().expect("tests run on x86_64 or arm64");
        assert_eq!(check_machine(&facts, host), []);
        if cfg!(target_env = "gnu") {
            assert!(facts.needed.iter().any(|name| name == "libc.so.6"), "{facts:?}");
            assert!(facts.glibc.is_some_and(|(found, symbol)| found >= GlibcVersion(2, 17, 0) && symbol.is_some()));
        }
    }

    proptest! {
        #[test]
        fn mutated_files_are_checked_without_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..16),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = TestElf::x86_64().dynamic().version("GLIBC_2.38").symbol("x").bytes();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len() - cut.index(bytes.len()) / 8);
            if let Ok(facts) = read(&bytes) {
                check_elf(&facts, FunctionArchitecture::X86_64, &BTreeSet::new());
            }
        }

        #[test]
        fn any_bytes_behind_an_elf_magic_are_read_without_panic(tail in prop::collection::vec(any::<u8>(), 0..512)) {
            let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1];
            bytes.extend(tail);
            let _ = read(&bytes);
        }
    }
}
