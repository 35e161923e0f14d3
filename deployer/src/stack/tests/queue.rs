//! `[queue.X]`, and `queues` of `[function.X]`.

use super::{cases, check};
use crate::kinds::QueueBlock;

#[test]
fn values() {
    cases(
        |lines| format!("name = \"shop\"\n[queue.dlq]\n[queue.jobs]\n{lines}"),
        &[
            ("", "accepted"),
            ("name = \"Jobs_1-a\"", "accepted"),
            ("name = \"jobs.fifo\"", "`jobs` is called like a FIFO queue"),
            (
                "name = \"jobs.x\"",
                "\"jobs.x\" is not a queue name: '.' is only in the `.fifo` at its end, and something is before it",
            ),
            ("name = \"jobs\"\nfifo = true", "the name of the FIFO queue `jobs` does not end with `.fifo`"),
            ("name = \"jobs.fifo\"\nfifo = true\ncontent_based_deduplication = true", "accepted"),
            ("content_based_deduplication = true", "`content_based_deduplication` has no meaning without `fifo`"),
            (
                "visibility_timeout = 43201\nretention = 59\ndelay = 901\nreceive_wait = 21\nmax_message_size = 1023",
                "`visibility_timeout` must be 0 to 43200 seconds, is 43201\n`retention` must be 60 to 1209600 seconds, is 59\n\
                 `delay` must be 0 to 900 seconds, is 901\n`receive_wait` must be 0 to 20 seconds, is 21\n\
                 `max_message_size` must be 1024 to 1048576 bytes, is 1023",
            ),
            ("encryption = \"SQS_MANAGED\"", "accepted"),
            ("encryption = \"AWS_MANAGED\"", "accepted"),
            ("encryption = \"arn:aws:kms:ap-south-1:123456789012:key/1234abcd-12ab\"", "accepted"),
            (
                "encryption = \"alias/aws/sqs\"",
                "\"alias/aws/sqs\" is not an encryption setting of a queue: it is neither of the two words nor an ARN",
            ),
            ("dead_letter = { queue = \"dlq\", receives = 5 }", "accepted"),
            ("dead_letter = false", "accepted"),
            ("dead_letter = { queue = \"dlq\" }", "`dead_letter` has no `receives`"),
            ("dead_letter = { queue = \"dlq\", receives = 1001 }", "`receives` must be 1 to 1000 times, is 1001"),
            ("dead_letter = { queue = \"dead\", receives = 5 }", "unknown queue `dead`"),
            ("dead_letter = { queue = \"jobs\", receives = 5 }", "`jobs` is its own dead-letter queue"),
            (
                "fifo = true\ndead_letter = { queue = \"dlq\", receives = 5 }",
                "`dlq` cannot take the dead letters of `jobs`",
            ),
            ("protected = true", "accepted"),
            ("fifo_queue = true", "unknown key `fifo_queue`"),
        ],
    );
}

#[test]
fn dead_letters_go_to_queues_of_others_too() {
    cases(
        |name| {
            format!(
                "name = \"shop\"\n[external.queue.dead]\nname = \"{name}\"\n[queue.jobs]\ndead_letter = {{ queue = \"dead\", receives = 5 }}"
            )
        },
        &[("dead", "accepted"), ("dead.fifo", "`dead` cannot take the dead letters of `jobs`")],
    );
}

#[test]
fn a_function_uses_queues_of_this_file_and_of_others() {
    cases(
        |line| {
            format!(
                "name = \"shop\"\n[queue.jobs]\n[external.queue.mail]\nname = \"mail\"\n[function.api]\npackage = \"p\"\n{line}"
            )
        },
        &[
            ("queues = { jobs = \"send\", mail = \"receive\" }", "accepted"),
            ("queues.jobs = \"send_receive\"", "accepted"),
            ("queues.jobs = [\"SendMessage\"]", "accepted"),
            ("queues.jobs = [\"sqs:SendMessage\"]", "`jobs` may not be \"sqs:SendMessage\""),
            ("queues.jobs = \"read\"", "`jobs` may not be \"read\""),
            ("queues.job = \"send\"", "unknown queue `job`"),
            ("environment.JOBS = \"${queue.jobs.url} ${external.queue.mail.url}\"", "accepted"),
            ("environment.JOBS = \"${queue.jobs.size}\"", "`${queue.jobs.size}` refers to an unknown attribute"),
        ],
    );
}

#[test]
fn names_that_are_made_for_fifo_queues_end_with_fifo() {
    let stack =
        check("name = \"shop\"\n[queue.a]\n[queue.b]\nfifo = true\n[queue.c]\nfifo = true\nname = \"c.fifo\"\n");
    let stack = stack.expect("it is a description");
    let names: Vec<_> = stack.named::<QueueBlock>().into_iter().map(|queue| queue.name).collect();
    assert_eq!(names, ["shop-dev-a", "shop-dev-b.fifo", "c.fifo"]);
    assert_eq!(stack.resolve("${queue.b.name}", None), "shop-dev-b.fifo");
    let long = format!("name = \"shop\"\n[queue.{}]\nfifo = true\n", "q".repeat(64));
    cases(str::to_owned, &[(&long, "accepted")]);
}
