//! `[[function.X.source]]`.

use super::cases;

const SHOP: &str = "name = \"shop\"\n[queue.jobs]\n[queue.ordered]\nfifo = true\n[table.orders]\npartition_key = \"id\"\n\
    stream = \"NEW_AND_OLD_IMAGES\"\n[table.still]\npartition_key = \"id\"\n[external.queue.theirs]\nname = \"theirs\"\n\
    [external.table.others]\nname = \"Others\"\n[function.slow]\npackage = \"p\"\ntimeout = 60\n[function.work]\npackage = \"p\"\n";

#[test]
fn queues_run_functions() {
    cases(
        |source| format!("{SHOP}[[function.work.source]]\n{source}"),
        &[
            ("queue = \"jobs\"", "accepted"),
            ("queue = \"theirs\"", "accepted"),
            ("queue = \"jobs\"\nbatch_size = 100\nwindow = 5\nfilter = ['{\"body\":{\"a\":[1]}}']", "accepted"),
            ("queue = \"jobs\"\npartial_failures = true\nmax_concurrency = 2\nenabled = false", "accepted"),
            ("", "a source of `work` has neither `queue` nor `table`"),
            ("queue = \"job\"", "unknown queue `job`"),
            ("queue = \"jobs\"\ntable = \"orders\"", "a source of `work` has both `queue` and `table`"),
            (
                "queue = \"jobs\"\n[[function.work.source]]\nqueue = \"jobs\"\nwindow = 1",
                "the queue `jobs` is a source of `work` twice",
            ),
            ("queue = \"jobs\"\nbatch_size = 11", "a batch of 11 messages takes time to gather, and `window` is 0"),
            (
                "queue = \"jobs\"\nbatch_size = 10001",
                "`batch_size` must be 1 to 10000, is 10001\na batch of 10001 messages takes time to gather, and `window` is 0",
            ),
            ("queue = \"ordered\"\nbatch_size = 10", "accepted"),
            (
                "queue = \"ordered\"\nbatch_size = 11",
                "a batch of the FIFO queue `ordered` has 10 messages at most, not 11",
            ),
            ("queue = \"ordered\"\nwindow = 1", "`window` has no meaning with the FIFO queue `ordered`"),
            ("queue = \"jobs\"\nmax_concurrency = 1", "`max_concurrency` must be 2 to 1000, is 1"),
            (
                "queue = \"jobs\"\nfilter = [\"body\"]",
                "\"body\" is not a filter pattern: expected value at line 1 column 1",
            ),
            ("queue = \"jobs\"\nfilter = [\"[]\"]", "\"[]\" is not a filter pattern: it is no JSON object"),
            (
                "queue = \"jobs\"\nstart = \"latest\"\nretries = 1\nmax_age = 60\nbisect = true\non_failure = \"jobs\"",
                "`start` has no meaning with `queue`\n`retries` has no meaning with `queue`\n`max_age` has no meaning with `queue`\n\
                 `bisect` has no meaning with `queue`\n`on_failure` has no meaning with `queue`",
            ),
        ],
    );
}

#[test]
fn a_message_is_hidden_as_long_as_its_function_may_run() {
    cases(
        |source| format!("{SHOP}[[function.slow.source]]\n{source}"),
        &[
            (
                "queue = \"jobs\"",
                "`slow` may run for 60 seconds, and messages of `jobs` are hidden for 30: Lambda refuses it",
            ),
            ("queue = \"theirs\"", "accepted"),
            ("queue = \"wide\"\n[queue.wide]\nvisibility_timeout = 60", "accepted"),
        ],
    );
}

#[test]
fn tables_run_functions() {
    cases(
        |source| format!("{SHOP}[[function.work.source]]\n{source}"),
        &[
            ("table = \"orders\"", "accepted"),
            ("table = \"others\"", "accepted"),
            (
                "table = \"orders\"\nstart = \"latest\"\nretries = 0\nmax_age = 60\nbisect = true\non_failure = \"jobs\"\nbatch_size = 1000",
                "accepted",
            ),
            ("table = \"order\"", "unknown table `order`"),
            ("table = \"still\"", "table `still` is described without `stream`, which is what runs a function"),
            (
                "table = \"off\"\n[table.off]\npartition_key = \"id\"\nstream = false",
                "table `off` has its `stream` off, which is what runs a function",
            ),
            ("table = \"orders\"\nstart = \"LATEST\"", "`start` may not be \"LATEST\""),
            ("table = \"orders\"\nmax_concurrency = 2", "`max_concurrency` has no meaning with `table`"),
            ("table = \"orders\"\nmax_age = 59", "`max_age` must be 60 to 604800 seconds, is 59"),
            ("table = \"orders\"\non_failure = \"dead\"", "unknown queue `dead`"),
            ("table = \"orders\"\non_failure = \"ordered\"", "`on_failure` cannot be the FIFO queue `ordered`"),
        ],
    );
}

#[test]
fn a_function_may_run_as_a_role_of_others() {
    cases(
        |lines| format!("name = \"shop\"\n[function.work]\npackage = \"p\"\n{lines}"),
        &[
            ("role_arn = \"arn:aws:iam::123456789012:role/team/work\"", "accepted"),
            ("role_arn = \"work\"", "\"work\" is not the ARN of a role: it has 4 characters"),
            (
                "role_arn = \"arn:aws:iam::123456789012:policy/work\"",
                "\"arn:aws:iam::123456789012:policy/work\" is not the ARN of a role: it is not the ARN of a role, which has `:role/` and a name",
            ),
            (
                "role_arn = \"arn:aws:iam::123456789012:role/a\"\nmanaged_policies = [\"arn:aws:iam::aws:policy/x\"]",
                "`managed_policies` has no meaning with `role_arn`",
            ),
        ],
    );
}

#[test]
fn calls_that_nobody_waits_for_are_given_up_in_words() {
    cases(
        |asynchronous| format!("{SHOP}asynchronous = {asynchronous}"),
        &[
            ("false", "accepted"),
            ("{ retries = 0, max_age = 60, on_failure = \"jobs\" }", "accepted"),
            ("{ on_failure = \"theirs\" }", "accepted"),
            ("{ retries = 3 }", "`retries` must be 0 to 2 times, is 3"),
            ("{ max_age = 59 }", "`max_age` must be 60 to 21600 seconds, is 59"),
            ("{ on_failure = \"job\" }", "unknown queue `job`"),
            ("{ on_failure = \"ordered\" }", "`on_failure` cannot be the FIFO queue `ordered`"),
        ],
    );
}
