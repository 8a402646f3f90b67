"""What hides sources from the hub during the demonstration."""

from local.common.fleet import FleetSource, fleet_sources
from local.common.http_client import call
from local.embedded_aws.source_faults import SOURCE_FAULTS_PATH


class FleetFaults:
    """Sets the faults of the embedded AWS at `url`.

    Attributes
    ----------
    denied, throttled : FleetSource
        Sources that can never be listed.
    outage : FleetSource
        The source that goes dark and comes back.
    """

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        sources = fleet_sources(region)
        _, _, _, self.denied, self.outage, self.throttled = sources

    def set_permanent(self) -> None:
        """Deny one source, and throttle another."""
        self._set(self.denied, "serviceControlPolicy")
        self._set(self.throttled, "throttled")

    def start_outage(self) -> None:
        """Take the permission to list jobs from the role of the outage's account."""
        self._set(self.outage, "permissions")

    def end_outage(self) -> None:
        """Give the permission back."""
        call(self._path(self.outage), method="DELETE")

    def _set(self, source: FleetSource, fault: str) -> None:
        call(self._path(source), method="POST", body={"fault": fault})

    def _path(self, source: FleetSource) -> str:
        return f"{self._url}{SOURCE_FAULTS_PATH}{source}"
