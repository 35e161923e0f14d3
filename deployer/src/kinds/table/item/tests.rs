use super::*;
use proptest::prelude::*;

fn error(line: &str) -> String {
    from_line(line.as_bytes()).unwrap_err()
}

#[test]
fn a_line_is_awss_form() {
    let item = TableItem::from([
        ("text".to_owned(), AttributeValue::S(String::new())),
        ("blob".to_owned(), AttributeValue::B(Blob::new([0, 255]))),
        ("list".to_owned(), AttributeValue::L(vec![AttributeValue::Null(true), AttributeValue::N("1e3".to_owned())])),
    ]);
    let line = to_line(&item).unwrap();
    let text = r#"{"Item":{"blob":{"B":"AP8="},"list":{"L":[{"NULL":true},{"N":"1e3"}]},"text":{"S":""}}}"#;
    assert_eq!(line, format!("{text}\n"));
    assert_eq!(from_line(line.as_bytes()).unwrap(), item);
}

#[test]
fn what_is_not_that_form_is_told() {
    for (line, said) in [
        (
            r#"{"Item":{"a":"x"}}"#,
            r#"invalid type: string "x", expected a value with its type, such as {"S": "text"} (column 16)"#,
        ),
        (r#"{"Item":{"a":{}}}"#, r#"a value has no type, such as {"S": "text"} (column 15)"#),
        (r#"{"Item":{"a":{"S":1}}}"#, "invalid type: integer `1`, expected a string (column 19)"),
        (r#"{"Item":{"a":{"N":1}}}"#, "invalid type: integer `1`, expected a string (column 19)"),
        (
            r#"{"Item":{"a":{"X":1}}}"#,
            r#"there is no type "X"; the types are S, N, B, BOOL, NULL, SS, NS, BS, L and M (column 17)"#,
        ),
        (r#"{"Item":{"a":{"S":"1","N":"1"}}}"#, r#"a value has one type, this has "S" and "N" (column 25)"#),
        (r#"{"Item":{"a":{"S":"1"},"a":{"S":"2"}}}"#, r#"attribute "a" is there twice (column 37)"#),
        (r#"{"Item":{"a":{"SS":[]}}}"#, "a set has at least one value (column 22)"),
        (r#"{"Item":{"a":{"SS":["x","y","x"]}}}"#, "value 3 of a set is there twice (column 33)"),
        (r#"{"Item":{"a":{"NS":["1","1.0"]}}}"#, "value 2 of a set is there twice (column 31)"),
        (r#"{"Item":{"a":{"BS":["AA==","AA=="]}}}"#, "value 2 of a set is there twice (column 35)"),
        (
            r#"{"Item":{"a":{"N":"1e999"}}}"#,
            r#""1e999" is out of range: a number is 0, or from 1e-130 to 9.99e+125, positive or negative (column 26)"#,
        ),
        (r#"{"Item":{"a":{"NULL":false}}}"#, "NULL is true or not there (column 27)"),
        (r#"{"Item":{"a":{"B":"%"}}}"#, "it is not Base64: Invalid symbol 37, offset 0. (column 22)"),
        (r#"{"Item":{},"Other":1}"#, "unknown field `Other`, expected `Item` (column 18)"),
        (r#"{"order_id":{"S":"1"}}"#, "unknown field `order_id`, expected `Item` (column 11)"),
        (r#"{"Item":{}} {}"#, "trailing characters (column 13)"),
        ("[", "EOF while parsing a list (column 1)"),
    ] {
        assert_eq!(error(line), said, "{line}");
    }
    let deep = format!("{}{}{}", r#"{"Item":{"a":"#, r#"{"L":["#.repeat(100_000), "]}".repeat(100_000));
    assert!(error(&deep).starts_with("recursion limit exceeded"), "it does not overflow the stack");
}

#[test]
fn numbers_are_kept_as_they_are_written() {
    for good in ["0", "-1", "+1", "1.50", ".5", "5.", "1e3", "-1.5E-130", "99999999999999999999999999999999999999"] {
        assert_eq!(number(good.to_owned()).as_deref(), Ok(good));
    }
    for bad in ["", "-", ".", "e3", "1e", "1e1.5", "NaN", "Infinity", "1,5", "0x1", " 1", "--1", "१"] {
        assert!(number(bad.to_owned()).is_err(), "{bad}");
    }
}

fn number_text() -> impl Strategy<Value = String> {
    prop_oneof![
        (1 - 10_i128.pow(38)..10_i128.pow(38)).prop_map(|n| n.to_string()),
        any::<i64>().prop_map(|n| format!("{n}e-9"))
    ]
}

fn attribute() -> impl Strategy<Value = AttributeValue> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..20);
    let leaf = prop_oneof![
        any::<String>().prop_map(AttributeValue::S),
        number_text().prop_map(AttributeValue::N),
        bytes().prop_map(|bytes| AttributeValue::B(Blob::new(bytes))),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null(true)),
        prop::collection::btree_set(any::<String>(), 1..4)
            .prop_map(|set| AttributeValue::Ss(set.into_iter().collect())),
        prop::collection::btree_set(any::<i64>(), 1..4)
            .prop_map(|set| AttributeValue::Ns(set.iter().map(i64::to_string).collect())),
        prop::collection::btree_set(bytes(), 1..4)
            .prop_map(|set| AttributeValue::Bs(set.into_iter().map(Blob::new).collect())),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(AttributeValue::L),
            prop::collection::hash_map(any::<String>(), inner, 0..5).prop_map(AttributeValue::M),
        ]
    })
}

proptest! {
    #[test]
    fn every_item_comes_back(item in prop::collection::hash_map(any::<String>(), attribute(), 0..6)) {
        let line = to_line(&item).unwrap();
        prop_assert_eq!(line.matches('\n').count(), 1, "one item, one line");
        prop_assert_eq!(from_line(line.as_bytes()).unwrap(), item);
    }

    #[test]
    fn no_line_is_a_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = from_line(&line);
    }
}
