"""Bedrock's events of members, forwarded to the hub's bus.

It takes the place of a rule in each member account: moto forwards events between accounts, but under the
account and region of the receiving bus, whereas EventBridge keeps those of the source.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, cast

from moto.events.models import events_backends

from local.common.fleet import FleetSource
from local.embedded_aws.watch_resources import MEMBER_BUS


def forward_to(hub: FleetSource, source: FleetSource) -> Callable[[Mapping[str, Any]], None]:
    """Return a function that puts an entry of PutEvents of a source on the hub's bus for members."""

    def put(entry: Mapping[str, Any]) -> None:
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": source.account,
            "time": int(time.time()),
            "region": source.region,
            "resources": entry["Resources"],
            "detail": json.loads(entry["Detail"]),
        }
        bus = events_backends[hub.account][hub.region].event_buses[MEMBER_BUS]
        for rule in tuple(bus.rules.values()):
            # Without this, moto builds the event anew, and leaves out the account.
            rule.send_to_targets(cast("Any", event), transform_input=False)

    return put
