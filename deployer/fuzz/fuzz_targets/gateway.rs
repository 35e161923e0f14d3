//! A request to the embedded gateway: its line, path, query and headers become an event, or nothing.

#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Some(event) = deployer_local::gateway::fixture::event_of(text) {
        assert!(event["path"].as_str().is_some_and(|path| path.starts_with('/')));
        assert_eq!(event["requestContext"]["httpMethod"], event["httpMethod"]);
    }
});
