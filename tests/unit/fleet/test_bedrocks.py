from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from customization_jobs.aws.clients import Credentials
from customization_jobs.fleet.bedrocks import SourceBedrocks
from customization_jobs.sources import Source
from tests.fakes import NOW
from tests.unit.fleet.harness import EAST, HUB, MEMBER, OTHER, WEST

if TYPE_CHECKING:
    from customization_jobs.aws.bedrock import Bedrock


@dataclass
class Roles:
    """Gives an account the same credentials until they are renewed."""

    assumed: list[str] = field(default_factory=list)
    number: int = 0

    def assume(self, account: str) -> Credentials:
        self.assumed.append(account)
        return Credentials(account, f"secret {self.number}", "token", NOW)


def opener(roles: Roles) -> tuple[SourceBedrocks, list[tuple[str, Credentials | None]]]:
    created: list[tuple[str, Credentials | None]] = []

    def create(region: str, credentials: Credentials | None) -> "Bedrock":
        created.append((region, credentials))
        return cast("Bedrock", cast("Any", object()))

    return SourceBedrocks(HUB, roles=lambda: roles, create=create), created


def test_the_hubs_account_is_called_with_its_own_role() -> None:
    roles = Roles()
    bedrocks, created = opener(roles)
    assert bedrocks.of(Source(HUB, WEST)) is bedrocks.of(Source(HUB, WEST))
    assert (created, roles.assumed) == ([(WEST, None)], [])


def test_a_member_is_called_with_its_own_credentials_and_anew_when_they_are_renewed() -> None:
    roles = Roles()
    bedrocks, created = opener(roles)
    first = bedrocks.of(Source(MEMBER, EAST))
    assert bedrocks.of(Source(MEMBER, EAST)) is first
    assert bedrocks.of(Source(OTHER, EAST)) is not first
    roles.number = 1
    assert bedrocks.of(Source(MEMBER, EAST)) is not first
    assert [(region, given.access_key) for region, given in created if given] == [
        (EAST, MEMBER),
        (EAST, OTHER),
        (EAST, MEMBER),
    ]


def test_only_the_last_few_clients_are_kept() -> None:
    bedrocks, created = opener(Roles())
    sources = [Source(f"{number:012}", EAST) for number in range(50)]
    for source in sources:
        bedrocks.of(source)
    bedrocks.of(sources[-1])
    assert len(created) == 50
    bedrocks.of(sources[0])
    assert len(created) == 51


def test_threads_share_one_client() -> None:
    bedrocks, created = opener(Roles())
    sources = [Source(f"{number:012}", EAST) for number in (1, 2, 3)] * 40
    with ThreadPoolExecutor(8) as threads:
        assert len(set(map(id, threads.map(bedrocks.of, sources)))) == 3
    assert len(created) == 3
