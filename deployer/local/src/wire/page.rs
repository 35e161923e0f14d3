//! Answers in pages. A token is the key of the last item of the page before: it stays right when items come and go.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many as asked for.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
}

/// The token is not one of ours.
#[derive(Debug, PartialEq, Eq)]
pub struct BadToken;

/// Cuts a page of at most `limit` items (at least one) out of items that are sorted by `key`.
pub fn cut<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    token: Option<&str>,
    limit: usize,
) -> Result<Page<T>, BadToken> {
    let after = token.map(decode).transpose()?;
    let mut rest = items.into_iter().filter(|item| after.as_deref().is_none_or(|after| key(item) > after));
    let items: Vec<T> = rest.by_ref().take(limit.max(1)).collect();
    let next = match (items.last(), rest.next()) {
        (Some(last), Some(_)) => Some(URL_SAFE_NO_PAD.encode(key(last))),
        _ => None,
    };
    Ok(Page { items, next })
}

fn decode(token: &str) -> Result<String, BadToken> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| BadToken)?;
    String::from_utf8(bytes).map_err(|_| BadToken)
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
        assert_eq!(second, Page { items: vec!["c"], next: None });
    }

    #[test]
    fn a_foreign_token_is_refused() {
        assert_eq!(cut(["a"], |item| item, Some("%%%"), 2), Err(BadToken));
    }
}
