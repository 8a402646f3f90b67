import pytest

from customization_jobs.limits import Limits

SETTING = """{
    "default": 100,
    "byCustomizationType": {"FINE_TUNING": 200, "IMPORTED": 50},
    "byBaseModel": {"nova": 300, "nova-pro": 400},
    "byPhase": {"training": 70}
}"""
NOVA = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"


@pytest.mark.parametrize(
    ("customization_type", "base_model", "limit"),
    [
        (None, None, 100),
        ("TELEPATHY", "titan", 100),
        ("FINE_TUNING", "titan", 200),
        ("FINE_TUNING", NOVA, 300),
        (None, NOVA.replace("lite", "pro"), 400),
    ],
)
def test_the_most_specific_limit_applies(
    customization_type: str | None, base_model: str | None, limit: int
) -> None:
    limits = Limits.from_json(SETTING, default=1)
    assert limits.of_job(customization_type, base_model) == limit
    summary = {"customizationType": customization_type, "baseModelArn": base_model}
    assert limits.of_summary(summary) == limit
    assert limits.by_phase == {"training": 70}


@pytest.mark.parametrize("text", [None, "", "{}"])
def test_without_a_setting_only_the_default_applies(text: str | None) -> None:
    assert Limits.from_json(text, default=7) == Limits(7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"defualt": 1}', "unknown name 'defualt'; allowed: default, byCustomizationType"),
        ('{"default": 0}', "default is 0; allowed: a whole number of seconds above 0"),
        ('{"default": true}', "default is True"),
        ('{"byBaseModel": {"nova": 1.5}}', "byBaseModel.nova is 1.5"),
        ('{"byBaseModel": {"": 5}}', "byBaseModel is {'': 5}; allowed: an object"),
        ('{"byCustomizationType": 5}', "byCustomizationType is 5"),
        ('{"byPhase": {"lunch": 5}}', "byPhase has 'lunch'; allowed: validation, dataProcessing, training"),
    ],
)
def test_the_message_describes_an_invalid_setting(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="allowed") as raised:
        Limits.from_json(text, default=1)
    assert message in str(raised.value)


def test_the_shortest_limit_of_a_job_is_that_of_any_type_or_model() -> None:
    assert Limits(60).shortest == 60
    assert Limits(60, {"FINE_TUNING": 50}, {"nova": 40}, {"training": 30}).shortest == 40
