//! Makes small ELF files for tests: one loaded segment in which address and file offset are the same.

use object::elf;
use object::elf::{FileHeader64, ProgramHeader64, SectionHeader64, Sym64};
use object::endian::{Endianness, I64, U16, U32, U64};
use object::pod::bytes_of;

const LE: Endianness = Endianness::Little;

/// An ELF file to be.
pub struct TestElf {
    machine: elf::Machine,
    file_type: elf::FileType,
    entry: u64,
    interpreter: Option<String>,
    needed: Vec<String>,
    versions: Vec<(String, bool)>,
    symbol: Option<String>,
}

impl TestElf {
    pub fn x86_64() -> Self {
        Self {
            machine: elf::EM_X86_64,
            file_type: elf::ET_DYN,
            entry: 0x40,
            interpreter: None,
            needed: Vec::new(),
            versions: Vec::new(),
            symbol: None,
        }
    }

    pub fn arm64() -> Self {
        Self { machine: elf::EM_AARCH64, ..Self::x86_64() }
    }

    /// Links the program against glibc in the usual way.
    pub fn dynamic(self) -> Self {
        let loader =
            if self.machine == elf::EM_AARCH64 { "/lib/ld-linux-aarch64.so.1" } else { "/lib64/ld-linux-x86-64.so.2" };
        self.interpreter(loader).needs("libc.so.6")
    }

    pub fn machine(mut self, machine: elf::Machine) -> Self {
        self.machine = machine;
        self
    }

    pub fn file_type(mut self, file_type: elf::FileType) -> Self {
        self.file_type = file_type;
        self
    }

    pub fn without_entry(mut self) -> Self {
        self.entry = 0;
        self
    }

    pub fn interpreter(mut self, path: &str) -> Self {
        self.interpreter = Some(path.to_owned());
        self
    }

    pub fn needs(mut self, library: &str) -> Self {
        self.needed.push(library.to_owned());
        self
    }

    pub fn version(mut self, name: &str) -> Self {
        self.versions.push((name.to_owned(), false));
        self
    }

    pub fn weak_version(mut self, name: &str) -> Self {
        self.versions.push((name.to_owned(), true));
        self
    }

    /// Adds a symbol that wants the version that was added last; the file gets section headers for it.
    pub fn symbol(mut self, name: &str) -> Self {
        self.symbol = Some(name.to_owned());
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let headers = 3 * size_of::<ProgramHeader64<Endianness>>() + size_of::<FileHeader64<Endianness>>();
        let mut body = vec![0; headers];

        let interpreter_at = body.len();
        if let Some(path) = &self.interpreter {
            body.extend(path.bytes());
            body.push(0);
        }
        let interpreter_len = body.len() - interpreter_at;

        let strings_at = body.len();
        body.push(0);
        let string = |text: &str, body: &mut Vec<u8>| {
            let at = body.len() - strings_at;
            body.extend(text.bytes());
            body.push(0);
            at as u64
        };
        let needed: Vec<_> = self.needed.iter().map(|name| string(name, &mut body)).collect();
        let versions: Vec<_> = self.versions.iter().map(|(name, weak)| (string(name, &mut body), *weak)).collect();
        let symbol = self.symbol.as_ref().map(|name| string(name, &mut body));
        let strings_len = body.len() - strings_at;

        let versions_at = body.len();
        if !versions.is_empty() {
            body.extend(bytes_of(&elf::Verneed {
                vn_version: U16::new(LE, 1),
                vn_cnt: U16::new(LE, versions.len() as u16),
                vn_file: U32::new(LE, needed.first().copied().unwrap_or_default() as u32),
                vn_aux: U32::new(LE, 16),
                vn_next: U32::new(LE, 0),
            }));
        }
        for (index, (name, weak)) in versions.iter().enumerate() {
            let last = index + 1 == versions.len();
            body.extend(bytes_of(&elf::Vernaux {
                vna_hash: U32::new(LE, 0),
                vna_flags: U16::new(LE, if *weak { elf::VER_FLG_WEAK } else { elf::VersionFlags(0) }),
                vna_other: U16::new(LE, elf::VersionIndex(index as u16 + 2)),
                vna_name: U32::new(LE, *name as u32),
                vna_next: U32::new(LE, if last { 0 } else { 16 }),
            }));
        }

        let dynamic_at = body.len();
        let mut entry = |tag: elf::DynamicTag, value: u64| {
            body.extend(bytes_of(&elf::Dyn64 { d_tag: I64::new(LE, tag), d_val: U64::new(LE, value) }));
        };
        needed.iter().for_each(|name| entry(elf::DT_NEEDED, *name));
        entry(elf::DT_STRTAB, strings_at as u64);
        if !versions.is_empty() {
            entry(elf::DT_VERNEED, versions_at as u64);
            entry(elf::DT_VERNEEDNUM, 1);
        }
        entry(elf::DT_NULL, 0);
        let dynamic_len = body.len() - dynamic_at;

        let mut sections = Vec::new();
        if let Some(name) = symbol {
            let symbols_at = body.len();
            body.extend([0; size_of::<Sym64<Endianness>>()]);
            body.extend(bytes_of(&Sym64::<Endianness> {
                st_name: U32::new(LE, name as u32),
                st_info: elf::SymbolInfo(0x12),
                st_other: elf::SymbolOther(0),
                st_shndx: U16::new(LE, elf::SymbolSection(0)),
                st_value: U64::new(LE, 0),
                st_size: U64::new(LE, 0),
            }));
            let versym_at = body.len();
            body.extend([0, 0]);
            body.extend((versions.len() as u16 + 1).to_le_bytes());
            let symbols_len = versym_at - symbols_at;
            sections = vec![
                section(elf::SHT_NULL, 0, 0, 0),
                section(elf::SHT_STRTAB, strings_at, strings_len, 0),
                section(elf::SHT_DYNSYM, symbols_at, symbols_len, 1),
                section(elf::SHT_GNU_VERSYM, versym_at, 4, 2),
            ];
        }
        let sections_at = body.len();
        sections.iter().for_each(|section| body.extend(bytes_of(section)));

        let segments = [
            segment(elf::PT_LOAD, 0, body.len()),
            segment(if interpreter_len > 0 { elf::PT_INTERP } else { elf::PT_NULL }, interpreter_at, interpreter_len),
            segment(if needed.is_empty() { elf::PT_NULL } else { elf::PT_DYNAMIC }, dynamic_at, dynamic_len),
        ];
        let header = self.header(sections.len(), sections_at);
        let front: Vec<u8> = bytes_of(&header).iter().chain(segments.iter().flat_map(bytes_of)).copied().collect();
        body[..headers].copy_from_slice(&front);
        body
    }

    fn header(&self, sections: usize, sections_at: usize) -> FileHeader64<Endianness> {
        FileHeader64 {
            e_ident: elf::Ident {
                magic: elf::ELFMAG,
                class: elf::ELFCLASS64,
                data: elf::ELFDATA2LSB,
                version: elf::EV_CURRENT,
                os_abi: elf::ELFOSABI_SYSV,
                abi_version: 0,
                padding: [0; 7],
            },
            e_type: U16::new(LE, self.file_type),
            e_machine: U16::new(LE, self.machine),
            e_version: U32::new(LE, 1),
            e_entry: U64::new(LE, self.entry),
            e_phoff: U64::new(LE, size_of::<FileHeader64<Endianness>>() as u64),
            e_shoff: U64::new(LE, if sections > 0 { sections_at as u64 } else { 0 }),
            e_flags: U32::new(LE, elf::FileFlags(0)),
            e_ehsize: U16::new(LE, size_of::<FileHeader64<Endianness>>() as u16),
            e_phentsize: U16::new(LE, size_of::<ProgramHeader64<Endianness>>() as u16),
            e_phnum: U16::new(LE, 3),
            e_shentsize: U16::new(LE, size_of::<SectionHeader64<Endianness>>() as u16),
            e_shnum: U16::new(LE, sections as u16),
            e_shstrndx: U16::new(LE, elf::SymbolSection(u16::from(sections > 0))),
        }
    }
}

fn segment(p_type: elf::ProgramType, at: usize, len: usize) -> ProgramHeader64<Endianness> {
    ProgramHeader64 {
        p_type: U32::new(LE, p_type),
        p_flags: U32::new(LE, elf::ProgramFlags(5)),
        p_offset: U64::new(LE, at as u64),
        p_vaddr: U64::new(LE, at as u64),
        p_paddr: U64::new(LE, at as u64),
        p_filesz: U64::new(LE, len as u64),
        p_memsz: U64::new(LE, len as u64),
        p_align: U64::new(LE, 1),
    }
}

fn section(sh_type: elf::SectionType, at: usize, len: usize, link: u32) -> SectionHeader64<Endianness> {
    SectionHeader64 {
        sh_name: U32::new(LE, 0),
        sh_type: U32::new(LE, sh_type),
        sh_flags: U64::new(LE, elf::SectionFlags(0)),
        sh_addr: U64::new(LE, at as u64),
        sh_offset: U64::new(LE, at as u64),
        sh_size: U64::new(LE, len as u64),
        sh_link: U32::new(LE, link),
        sh_info: U32::new(LE, 0),
        sh_addralign: U64::new(LE, 1),
        sh_entsize: U64::new(LE, 0),
    }
}
