//! Lists that AWS hands out page by page.

/// Reads a list page by page. Each page names the token that the request for the next page takes.
pub struct PageReader<T, R, N> {
    read: R,
    next: N,
    token: Option<T>,
    is_over: bool,
}

impl<T, R, N> PageReader<T, R, N> {
    /// Makes a reader that has read nothing yet. `read` fetches the page that a token names (the first one for `None`) and gives `None`
    /// when what the list belongs to does not exist; `next` finds the token of the following page.
    pub fn new<P, E>(read: R, next: N) -> Self
    where
        R: AsyncFnMut(Option<T>) -> Result<Option<P>, E>,
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
        R: AsyncFnMut(Option<T>) -> Result<Option<P>, E>,
        N: Fn(&P) -> Option<T>,
    {
        if self.is_over {
            return Ok(None);
        }
        let page = (self.read)(self.token.take()).await?;
        self.token = page.as_ref().and_then(&self.next);
        self.is_over = self.token.is_none();
        Ok(page)
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
        R: AsyncFnMut(Option<T>) -> Result<Option<P>, E>,
        N: Fn(&P) -> Option<T>,
        I: IntoIterator,
    {
        let mut out = Vec::new();
        while let Some(page) = self.next().await? {
            out.extend(items(page));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::PageReader;

    type Page = (&'static [u8], Option<&'static str>);

    #[tokio::test]
    async fn a_list_ends_with_the_page_that_names_no_other() {
        for (pages, items, tokens) in [
            (
                &[Ok(Some((&[1, 2][..], Some("b")))), Ok(Some((&[][..], Some("c")))), Ok(Some((&[3][..], None)))][..],
                Ok(vec![1, 2, 3]),
                &[None, Some("b"), Some("c")][..],
            ),
            (&[Ok(Some((&[1][..], None)))], Ok(vec![1]), &[None]),
            // It is gone, from the beginning or while it was read.
            (&[Ok(None)], Ok(vec![]), &[None]),
            (&[Ok(Some((&[1][..], Some("b")))), Ok(None)], Ok(vec![1]), &[None, Some("b")]),
            (&[Ok(Some((&[1][..], Some("b")))), Err("denied")], Err("denied"), &[None, Some("b")]),
        ] {
            let mut asked: Vec<Option<&str>> = Vec::new();
            let read = async |token| {
                asked.push(token);
                pages[asked.len() - 1]
            };
            let reader = PageReader::new(read, |page: &Page| page.1);
            assert_eq!(reader.items(|page| page.0.iter().copied()).await, items);
            assert_eq!(asked, tokens);
        }
    }

    #[tokio::test]
    async fn nothing_is_read_behind_the_end() {
        let mut asked = 0;
        let read = async |_: Option<&str>| {
            asked += 1;
            Ok::<_, &str>(Some::<Page>((&[1], None)))
        };
        let mut pages = PageReader::new(read, |page: &Page| page.1);
        assert_eq!(pages.next().await, Ok(Some((&[1][..], None))));
        assert_eq!(pages.next().await, Ok(None));
        assert_eq!(asked, 1);
    }
}
