import json
import re

from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.watch.transition import JOB, FoundBy, Kind, Transition, transition_id

ARN = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/amazon.nova-lite-v1:0:300k/000000000007"


def test_an_id_is_the_same_in_each_process_and_release() -> None:
    # Consumers store ids: with different ones, every transition would be published again.
    assert transition_id(ARN, Kind.COMPLETED) == "3a999a43200da03d112bf24e5dc35315"


def test_different_transitions_have_different_ids() -> None:
    transitions = [(ARN, kind, JOB, "") for kind in Kind]
    transitions += [
        (ARN, Kind.PHASE_CHANGED, phase, to) for phase in ("training", "validation") for to in "ab"
    ]
    transitions += [(ARN + "8", Kind.DISCOVERED, JOB, ""), (ARN, Kind.STUCK, "training", "")]
    ids = {transition_id(*each) for each in transitions}
    assert len(ids) == len(transitions)
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


@given(
    st.builds(
        Transition,
        id=st.text(),
        kind=st.sampled_from(Kind),
        at=st.text(),
        found_by=st.sampled_from(FoundBy),
        sequence=st.integers(1),
        scope=st.text(),
        details=st.dictionaries(st.text(), st.integers() | st.text()),
        published=st.booleans(),
    )
)
def test_a_transition_survives_a_round_trip_through_json(transition: Transition) -> None:
    assert Transition.from_json(json.loads(json.dumps(transition.to_json()))) == transition
