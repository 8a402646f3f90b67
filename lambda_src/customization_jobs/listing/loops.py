"""Detects a listing that would never end, in constant memory."""

import hashlib
from dataclasses import dataclass

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import UnexpectedAnswerException

# A filter can leave pages empty, and tokens that are offsets make pages repeat jobs when others arrive. 100
# pages are tens of thousands of jobs in a row, and take a few seconds, so a loop is detected before a
# deadline hides it.
MAX_PAGES_WITHOUT_NEW_JOBS = 100


@dataclass(slots=True)
class LoopGuard:
    """Follows the pages of one listing.

    A cycle of tokens is found by Brent's algorithm: each token is compared with one earlier token, which is
    replaced after 1, 2, 4, 8, ... pages.

    Attributes
    ----------
    pages : int
        Number of pages so far that had a next one.
    pages_without_new_jobs : int
        How many pages in a row, up to the last, contained only jobs of earlier pages.
    checkpoint : str or None
        Identifies the earlier token.
    """

    pages: int = 0
    pages_without_new_jobs: int = 0
    checkpoint: str | None = None

    def check(self, token: str | None, page: Page, *, has_new_jobs: bool) -> None:
        """Check the page that `token` requested.

        Raises
        ------
        UnexpectedAnswerException
            The listing does not progress, or the page's token is not text.
        """
        next_token: object = page.next_token
        if next_token is None:
            return
        if not isinstance(next_token, str):
            raise UnexpectedAnswerException("Bedrock returned a nextToken that is not text. Try again later.")
        digest = hashlib.blake2b(next_token.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        if next_token == token or digest == self.checkpoint:
            raise UnexpectedAnswerException("Bedrock returned the same nextToken twice. Try again later.")
        self.pages_without_new_jobs = 0 if has_new_jobs else self.pages_without_new_jobs + 1
        if self.pages_without_new_jobs >= MAX_PAGES_WITHOUT_NEW_JOBS:
            raise UnexpectedAnswerException(
                f"Bedrock returned {MAX_PAGES_WITHOUT_NEW_JOBS} pages in a row without a new job, and a "
                "nextToken for more. Try again later, or narrow the query by creation time."
            )
        self.pages += 1
        if self.pages & (self.pages - 1) == 0:
            self.checkpoint = digest
