from datetime import timedelta

import pytest

from customization_jobs.errors import (
    AccessDeniedException,
    ThrottlingException,
    UnexpectedAnswerException,
    ValidationException,
    WatchUnavailableException,
)
from customization_jobs.sources import Source
from tests.unit.fleet.harness import EAST, HUB, MEMBER, OTHER, OWN, WEST, FleetHarness, throttled
from tests.unit.watch.faults import FaultInjector

HOUR = timedelta(hours=1)
UNIT = "ou-abcd-12345678"


@pytest.fixture
def organization(harness: FleetHarness) -> FleetHarness:
    harness.choice = harness.choice._replace(accounts=(), organization=True)
    harness.accounts = [OTHER, HUB, MEMBER]
    return harness


def test_a_list_of_accounts_asks_no_organization(harness: FleetHarness) -> None:
    assert [str(each) for each in harness.discovery().discover()] == [
        f"{account}/{EAST}" for account in (HUB, MEMBER, OTHER)
    ]
    assert harness.organization_calls == 0


def test_accounts_are_read_once_in_an_hour(organization: FleetHarness) -> None:
    first = organization.discovery().discover()
    assert [each.account for each in first] == [HUB, MEMBER, OTHER]
    organization.accounts = [HUB]
    organization.now += HOUR - timedelta(seconds=1)
    assert organization.discovery().discover() == first
    assert organization.organization_calls == 1
    organization.now += timedelta(seconds=1)
    assert organization.discovery().discover() == (OWN,)


def test_older_accounts_are_used_while_the_organization_does_not_answer(organization: FleetHarness) -> None:
    first = organization.discovery().discover()
    organization.accounts = throttled()
    organization.now += 24 * HOUR
    assert organization.discovery().discover() == first
    assert list(map(type, organization.stale)) == [ThrottlingException]


def test_the_sources_keep_when_their_accounts_were_last_read(organization: FleetHarness) -> None:
    first = organization.now
    for days, accounts in enumerate([organization.accounts, throttled(), []]):
        organization.accounts = accounts
        organization.now = first + timedelta(days=days)
        assert len(organization.discovery().discover()) == 3, "the older list stays"
        chosen = organization.store().chosen()
        assert chosen
        assert (chosen.accounts_as_of, chosen.since) == (first, first)
    assert list(map(type, organization.stale)) == [ThrottlingException, UnexpectedAnswerException]
    organization.accounts = [OTHER, HUB, MEMBER]
    organization.discovery().discover()
    chosen = organization.store().chosen()
    assert chosen
    assert (chosen.accounts_as_of, chosen.since) == (organization.now, first)


def test_accounts_of_the_settings_have_no_age(harness: FleetHarness) -> None:
    harness.discovery().discover()
    chosen = harness.store().chosen()
    assert chosen
    assert chosen.accounts_as_of is None


def test_without_older_accounts_the_error_is_raised(organization: FleetHarness) -> None:
    organization.accounts = AccessDeniedException("AWS Organizations denied the call.")
    with pytest.raises(AccessDeniedException):
        organization.discovery().discover()
    assert organization.stale == []


def test_accounts_that_were_read_for_other_settings_are_not_used(organization: FleetHarness) -> None:
    organization.discovery().discover()
    organization.choice = organization.choice._replace(organization=False, organizational_units=(UNIT,))
    organization.accounts = [MEMBER]
    assert organization.discovery().discover() == (OWN, Source(MEMBER, EAST))
    organization.choice = organization.choice._replace(organizational_units=("ou-abcd-87654321",))
    organization.accounts = throttled()
    with pytest.raises(ThrottlingException):
        organization.discovery().discover()


def test_exceptions_are_left_out_and_a_change_of_settings_counts_at_once(organization: FleetHarness) -> None:
    organization.discovery().discover()
    organization.choice = organization.choice._replace(
        regions=(EAST, WEST), exceptions=frozenset({OTHER, f"{MEMBER}/{EAST}"})
    )
    found = organization.discovery().discover()
    assert list(map(str, found)) == [f"{HUB}/{EAST}", f"{HUB}/{WEST}", f"{MEMBER}/{WEST}"]
    assert organization.organization_calls == 1


def test_more_sources_than_a_state_can_pass_on_are_rejected(organization: FleetHarness) -> None:
    organization.accounts = [f"{number:012}" for number in range(7999)]
    assert len(organization.discovery().discover()) == 8000, "with the own one"
    organization.accounts = [f"{number:012}" for number in range(8000)]
    organization.now += HOUR
    with pytest.raises(ValidationException, match="choose 8001 sources; allowed: at most 8000"):
        organization.discovery().discover()


def test_the_same_sources_are_not_written_again(harness: FleetHarness) -> None:
    harness.discovery().discover()
    harness.now += HOUR
    faults = FaultInjector()
    harness.discovery(faults).discover()
    assert "put" not in faults.calls
    chosen = harness.store().chosen()
    assert chosen
    assert chosen.since == harness.now - HOUR


def test_a_write_whose_answer_was_lost_is_no_error(organization: FleetHarness) -> None:
    faults = FaultInjector(repeat_at=set(range(1, 20)))
    assert len(organization.discovery(faults).discover()) == 3


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_a_table_that_fails_is_an_error(organization: FleetHarness, call: int) -> None:
    with pytest.raises(WatchUnavailableException):
        organization.discovery(FaultInjector(fail_at={call})).discover()
    assert len(organization.discovery().discover()) == 3


@pytest.mark.parametrize("body", ["null", "[]", '{"accounts": 3}', '{"accounts": ["1"], "readAt": 3}'])
def test_a_document_of_accounts_that_is_not_readable_is_read_anew(
    organization: FleetHarness, body: str
) -> None:
    organization.documents["#fleet/accounts"] = (3, body)
    assert len(organization.discovery().discover()) == 3


def test_only_sources_of_the_settings_and_of_the_last_discovery_pass_the_check(
    organization: FleetHarness,
) -> None:
    discovery = organization.discovery()
    discovery.check(OWN)
    with pytest.raises(ValidationException, match="is not a source of this fleet"):
        discovery.check(Source(MEMBER, EAST))
    organization.discovery().discover()
    discovery.check(Source(MEMBER, EAST))
    for foreign in (Source("999988887777", EAST), Source(MEMBER, WEST)):
        with pytest.raises(ValidationException, match=f"{foreign} is not a source of this fleet"):
            discovery.check(foreign)


def test_the_check_reads_the_sources_once_in_a_minute(organization: FleetHarness) -> None:
    organization.discovery().discover()
    faults = FaultInjector()
    discovery = organization.discovery(faults)
    for account in (MEMBER, OTHER, MEMBER):
        discovery.check(Source(account, EAST))
    assert faults.calls == ["get"]
    # Another invocation has discovered that an account left.
    organization.accounts = [MEMBER]
    organization.now += HOUR
    organization.discovery().discover()
    discovery.check(Source(MEMBER, EAST))
    with pytest.raises(ValidationException):
        discovery.check(Source(OTHER, EAST))
