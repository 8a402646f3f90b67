import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.sources import FleetChoice, Source

ARABIC_ONE = "\N{ARABIC-INDIC DIGIT ONE}"
HUB, MEMBER, OTHER = "111122223333", "222233334444", "333344445555"
EAST, WEST = "us-east-1", "us-west-2"
OWN = Source(HUB, EAST)


def choice(**given: Any) -> FleetChoice:
    values = {"hub": HUB, "regions": [EAST, WEST], "roleName": "Member", **given}
    return FleetChoice.from_json(json.dumps(values), EAST)


def sources(chosen: FleetChoice, *discovered: str) -> list[str]:
    return list(map(str, chosen.sources(discovered)))


@pytest.mark.parametrize("text", [f"{HUB}/{EAST}", f"{HUB}/us-gov-west-1", f"{HUB}/ap-southeast-2"])
def test_a_source_is_read_as_it_is_written(text: str) -> None:
    assert str(Source.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *(None, 1, [], {}, "", "/", HUB, EAST, f"{HUB}/", f"/{EAST}", f"{HUB}/{EAST}/", f"{HUB}/{EAST}\n"),
        *(f" {HUB}/{EAST}", f"{HUB[1:]}/{EAST}", f"{HUB}/US-EAST-1", f"{HUB}/us-east", f"{HUB}:{EAST}"),
        *(f"{ARABIC_ONE * 12}/{EAST}", f"{HUB}/us-east-{ARABIC_ONE}"),
    ],
)
def test_anything_else_is_not_a_source(text: object) -> None:
    assert Source.parse(text) is None


def test_without_accounts_the_fleet_is_the_hubs_account_in_all_regions() -> None:
    assert sources(choice()) == [f"{HUB}/{EAST}", f"{HUB}/{WEST}"]


def test_the_own_source_always_belongs_to_the_fleet() -> None:
    chosen = choice(regions=[WEST], accounts=[MEMBER], **{"except": [HUB, str(OWN)]})
    assert sources(chosen) == [str(OWN), f"{MEMBER}/{WEST}"]
    assert chosen.may_contain(OWN)
    assert not chosen.may_contain(Source(HUB, WEST))


def test_exceptions_leave_out_accounts_and_sources() -> None:
    chosen = choice(accounts=[MEMBER, OTHER], **{"except": [OTHER, f"{MEMBER}/{WEST}"]})
    assert sources(chosen) == [str(OWN), f"{MEMBER}/{EAST}"]


def test_accounts_of_the_organization_are_added_to_those_of_the_list() -> None:
    chosen = choice(regions=[EAST], accounts=[MEMBER], organizationalUnits=["ou-abcd-12345678"])
    assert chosen.is_discovered
    assert sources(chosen, OTHER) == [f"{account}/{EAST}" for account in (HUB, MEMBER, OTHER)]
    assert sources(chosen) == [f"{account}/{EAST}" for account in (HUB, MEMBER)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hub": "1"}, "hub is '1'; allowed: the 12 digits"),
        ({"hub": ARABIC_ONE * 12}, "allowed: the 12 digits"),
        ({"hub": None}, "hub is None"),
        ({"regions": EAST}, "regions is 'us-east-1'; allowed: a list"),
        ({"regions": ["useast1"]}, "regions has 'useast1'"),
        ({"accounts": [1]}, "accounts has 1"),
        ({"organizationalUnits": ["r-abcd"]}, "organizationalUnits has 'r-abcd'"),
        ({"organization": "yes"}, "organization is 'yes'; allowed: true or false"),
        ({"except": [f"{MEMBER}/useast1"]}, "except has"),
        ({"roleName": "a/b"}, "roleName is 'a/b'; allowed: the name of a role"),
        ({"roleName": ["a"]}, "roleName is \\['a'\\]"),
        ({"roleName": "", "accounts": [MEMBER]}, "roleName is missing"),
        ({"roleName": "", "organization": True}, "roleName is missing"),
        ({"role": "x"}, "unknown name 'role'; allowed: hub, regions"),
    ],
)
def test_invalid_settings_say_what_is_allowed(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choice(**given)


@pytest.mark.parametrize("text", ["", "[]", "1", "{"])
def test_settings_that_are_not_an_object_are_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="allowed: a JSON object"):
        FleetChoice.from_json(text, EAST)


def test_the_hubs_own_account_needs_no_role() -> None:
    assert sources(choice(roleName="", accounts=[HUB])) == [f"{HUB}/{EAST}", f"{HUB}/{WEST}"]


ACCOUNTS = st.lists(st.sampled_from([HUB, MEMBER, OTHER]), max_size=3)
EXCEPTIONS = st.lists(
    st.sampled_from([HUB, MEMBER, OTHER, f"{MEMBER}/{EAST}", f"{HUB}/{WEST}", str(OWN)]), max_size=3
)


@given(ACCOUNTS, ACCOUNTS, st.booleans(), EXCEPTIONS, st.sampled_from([[], [EAST], [WEST], [EAST, WEST]]))
def test_the_settings_allow_each_chosen_source_and_of_a_list_no_other(
    accounts: list[str],
    discovered: list[str],
    organization: bool,  # noqa: FBT001 - hypothesis passes it by position
    exceptions: list[str],
    regions: list[str],
) -> None:
    chosen = choice(accounts=accounts, organization=organization, regions=regions, **{"except": exceptions})
    found = set(chosen.sources(discovered if organization else ()))
    assert OWN in found
    assert all(map(chosen.may_contain, found))
    everything = {Source(account, region) for account in (HUB, MEMBER, OTHER) for region in (EAST, WEST)}
    if not organization:
        assert {each for each in everything if chosen.may_contain(each)} == found
