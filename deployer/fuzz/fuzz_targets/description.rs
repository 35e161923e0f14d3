//! A stack description, by whomever: checked, or told what is wrong with it.

#![no_main]
use deployer::kinds::sections;
use deployer::stack;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let sections = sections();
    let source = stack::StackSource { path: "deployer.toml".into(), text: text.to_owned() };
    let read = |_: &str| Err("there are no files".to_owned());
    if let Err(invalid) = stack::parse(source, None, &sections, stack::DocumentDrift::Remarked, &read) {
        assert!(!invalid.to_string().is_empty());
    }
});
