"""Bedrock in each source of the fleet: with the function's own role, or with the role of a member."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, Protocol

from customization_jobs.sources import Source

if TYPE_CHECKING:
    from customization_jobs.aws.bedrock import Bedrock
    from customization_jobs.aws.clients import Credentials

# An instance of the function sweeps one source after another, and a client takes a few MB.
_MAX_CLIENTS = 4


class Roles(Protocol):
    """Assumes the role of an account; see `aws.member_roles.MemberRoles`."""

    def assume(self, account: str) -> "Credentials":
        """Return credentials, or raise CustomizationJobsError."""
        ...


class _Opened(NamedTuple):
    credentials: "Credentials | None"
    bedrock: "Bedrock"


class SourceBedrocks:
    """Opens Bedrock in a source. Several threads may use it.

    Parameters
    ----------
    hub : str
        The hub's account, in which no role is assumed.
    roles : callable
        Opens AWS STS on first use.
    create : callable
        Creates Bedrock in a region, with the credentials of another role if they are given.
    """

    def __init__(
        self,
        hub: str,
        *,
        roles: Callable[[], Roles],
        create: "Callable[[str, Credentials | None], Bedrock]",
    ) -> None:
        self._hub = hub
        self._roles = roles
        self._create = create
        self._opened: dict[Source, _Opened] = {}
        self._lock = Lock()

    def of(self, source: Source) -> "Bedrock":
        """Return Bedrock in a source. The caller has checked that the source belongs to the fleet.

        Raises
        ------
        CustomizationJobsError
            As `MemberRoles.assume`.
        """
        # Threads that need the same source wait for the first one, instead of assuming its role again.
        with self._lock:
            return self._open(source)

    def _open(self, source: Source) -> "Bedrock":
        credentials = None if source.account == self._hub else self._roles().assume(source.account)
        opened = self._opened.pop(source, None)
        if opened is None or opened.credentials != credentials:
            opened = _Opened(credentials, self._create(source.region, credentials))
        # The last one used is the last to be dropped.
        self._opened[source] = opened
        if len(self._opened) > _MAX_CLIENTS:
            del self._opened[next(iter(self._opened))]
        return opened.bedrock
