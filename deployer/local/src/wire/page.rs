//! Answers in pages. A token is the key of the last item of the page before: it stays right when items come and go.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListPage<T> {
    /// At most as many as asked for.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
}

/// Says that a token is none of this cloud.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidToken;

/// Cuts a page of at most `limit` items (at least one) out of items that are sorted by `key`.
pub(crate) fn cut<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    token: Option<&str>,
    limit: usize,
) -> Result<ListPage<T>, InvalidToken> {
    cut_ordered(items, |item| key(item).to_owned(), token, limit, |key, last| key > last)
}

/// Cuts a page as [`cut`] does, out of items in an order of their own: `behind` tells whether a key comes after another one.
pub(crate) fn cut_ordered<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    limit: usize,
    behind: impl Fn(&str, &str) -> bool,
) -> Result<ListPage<T>, InvalidToken> {
    let last = token.map(decode).transpose()?;
    let mut rest = items.into_iter().filter(|item| last.as_deref().is_none_or(|last| behind(&key(item), last)));
    let items: Vec<T> = rest.by_ref().take(limit.max(1)).collect();
    let next = match (items.last(), rest.next()) {
        (Some(last), Some(_)) => Some(URL_SAFE_NO_PAD.encode(key(last))),
        _ => None,
    };
    Ok(ListPage { items, next })
}

/// Writes a page as most services do: the items under `member`, the token of the next page under `next`.
pub(crate) fn view<T>(page: ListPage<T>, member: &str, next: &str, item: impl FnMut(T) -> Value) -> Value {
    let mut view = Map::new();
    view.insert(member.to_owned(), page.items.into_iter().map(item).collect());
    view.extend(page.next.map(|token| (next.to_owned(), token.into())));
    view.into()
}

fn decode(token: &str) -> Result<String, InvalidToken> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidToken)?;
    String::from_utf8(bytes).map_err(|_| InvalidToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once() {
        let all = ["a", "b", "c", "d", "e"];
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let page = cut(all, |item| item, token.as_deref(), 2).unwrap();
            assert!(page.items.len() <= 2);
            seen.extend(page.items);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_page_goes_on_behind_a_deleted_item() {
        let first = cut(["a", "b", "c"], |item| item, None, 2).unwrap();
        let second = cut(["a", "c"], |item| item, first.next.as_deref(), 2).unwrap();
        assert_eq!(second, ListPage { items: vec!["c"], next: None });
    }

    #[test]
    fn a_foreign_token_is_refused() {
        assert_eq!(cut(["a"], |item| item, Some("%%%"), 2), Err(InvalidToken));
    }
}
