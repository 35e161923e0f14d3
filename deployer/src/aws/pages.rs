//! Lists that AWS hands out page by page.

use super::error::AwsError;

/// Reads a list page by page. Each page names the token that the request for the next page takes.
pub struct PageReader<T, R, N> {
    read: R,
    next: N,
    token: Option<T>,
    is_over: bool,
}

impl<T, R, N> PageReader<T, R, N> {
    /// Makes a reader that has read nothing yet. `read` fetches the page that a token names, the first one for `None`; `next` finds the
    /// token of the following page.
    pub fn new<P, E>(read: R, next: N) -> Self
    where
        R: AsyncFnMut(Option<T>) -> Result<P, E>,
        N: Fn(&P) -> Option<T>,
    {
        Self { read, next, token: None, is_over: false }
    }

    /// Reads the next page. Returns `None` after the last one.
    ///
    /// # Errors
    /// What `read` fails with.
    pub async fn next<P, E>(&mut self) -> Result<Option<P>, E>
    where
        R: AsyncFnMut(Option<T>) -> Result<P, E>,
        N: Fn(&P) -> Option<T>,
    {
        if self.is_over {
            return Ok(None);
        }
        let page = (self.read)(self.token.take()).await?;
        self.token = (self.next)(&page);
        self.is_over = self.token.is_none();
        Ok(Some(page))
    }

    /// Returns whether the last page was read.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Reads what is left of the list and returns the items of its pages.
    ///
    /// # Errors
    /// What `read` fails with.
    pub async fn items<P, E, I>(mut self, items: impl Fn(P) -> I) -> Result<Vec<I::Item>, E>
    where
        R: AsyncFnMut(Option<T>) -> Result<P, E>,
        N: Fn(&P) -> Option<T>,
        I: IntoIterator,
    {
        let mut out = Vec::new();
        while let Some(page) = self.next().await? {
            out.extend(items(page));
        }
        Ok(out)
    }

    /// Reads what is left of the list as [`PageReader::items`] does. There are no items, or no more, when what the list belongs to does
    /// not exist.
    ///
    /// # Errors
    /// What `read` fails with, but never "not found".
    pub async fn items_if_found<P, I>(mut self, items: impl Fn(P) -> I) -> Result<Vec<I::Item>, AwsError>
    where
        R: AsyncFnMut(Option<T>) -> Result<P, AwsError>,
        N: Fn(&P) -> Option<T>,
        I: IntoIterator,
    {
        let mut out = Vec::new();
        loop {
            match self.next().await {
                Ok(Some(page)) => out.extend(items(page)),
                Ok(None) => return Ok(out),
                Err(error) if error.is_not_found() => return Ok(out),
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PageReader;
    use crate::aws::{AwsError, ErrorClass, op};

    type Page = (&'static [u8], Option<&'static str>);

    fn failure(class: ErrorClass) -> AwsError {
        AwsError {
            op: &op::SCAN,
            code: format!("{class:?}"),
            message: String::new(),
            request_id: None,
            status: None,
            class,
            advice: Vec::new(),
        }
    }

    /// Reads a list whose requests are answered by `pages`. Returns the items, or the code of the failure, and the tokens that were asked.
    async fn read(
        pages: &[Result<Page, ErrorClass>],
        may_be_missing: bool,
    ) -> (Result<Vec<u8>, String>, Vec<Option<&str>>) {
        let mut asked = Vec::new();
        let answer = async |token| {
            asked.push(token);
            pages[asked.len() - 1].map_err(failure)
        };
        let reader = PageReader::new(answer, |page: &Page| page.1);
        let bytes = |page: Page| page.0.iter().copied();
        let items = if may_be_missing { reader.items_if_found(bytes).await } else { reader.items(bytes).await };
        (items.map_err(|error| error.code), asked)
    }

    #[tokio::test]
    async fn a_list_ends_with_the_page_that_names_no_other() {
        const FIRST: Page = (&[1, 2], Some("b"));
        let (missing, denied) = (Err(ErrorClass::NotFound), Err(ErrorClass::Denied));
        let code = |class: ErrorClass| format!("{class:?}");
        for (pages, items, found, tokens) in [
            (
                &[Ok(FIRST), Ok((&[][..], Some("c"))), Ok((&[3][..], None))][..],
                Ok(vec![1, 2, 3]),
                Ok(vec![1, 2, 3]),
                &[None, Some("b"), Some("c")][..],
            ),
            (&[Ok((&[1], None))], Ok(vec![1]), Ok(vec![1]), &[None]),
            // What it belongs to is gone, from the beginning or while it was read.
            (&[missing], Err(code(ErrorClass::NotFound)), Ok(vec![]), &[None]),
            (&[Ok(FIRST), missing], Err(code(ErrorClass::NotFound)), Ok(vec![1, 2]), &[None, Some("b")]),
            (&[Ok(FIRST), denied], Err(code(ErrorClass::Denied)), Err(code(ErrorClass::Denied)), &[None, Some("b")]),
        ] {
            assert_eq!(read(pages, false).await, (items, tokens.to_vec()));
            assert_eq!(read(pages, true).await, (found, tokens.to_vec()));
        }
    }

    #[tokio::test]
    async fn nothing_is_read_behind_the_end() {
        let mut asked = 0;
        let read = async |_: Option<&str>| {
            asked += 1;
            Ok::<Page, &str>((&[1], None))
        };
        let mut pages = PageReader::new(read, |page: &Page| page.1);
        assert_eq!(pages.next().await, Ok(Some((&[1][..], None))));
        assert_eq!(pages.next().await, Ok(None));
        assert_eq!(asked, 1);
    }
}
