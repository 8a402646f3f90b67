"""The bucket of the export in the embedded AWS, used over HTTP."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

from local.common.http_client import HttpResponse, call
from local.embedded_aws.signing import authorization
from local.embedded_aws.watch_resources import ResourceError

# The names of the bucket and of the export function's queue.
BUCKET = "customization-jobs-export"
QUEUE = "export"


class ExportBucket:
    """A client of the bucket in the embedded AWS at `url`."""

    def __init__(self, url: str, region: str) -> None:
        self._url = f"{url}/{BUCKET}"
        self._headers = {"Authorization": authorization(region, "s3")}

    def create(self) -> None:
        """Create the bucket."""
        self._call("", method="PUT")

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """Yield the key and the content of each object."""
        query = {"list-type": "2"}
        while True:
            # Only the embedded AWS is read.
            found = ET.fromstring(self._call(f"?{urlencode(query)}").body)  # noqa: S314
            for element in found.iterfind("{*}Contents/{*}Key"):
                key = element.text or ""
                yield key, self._call(f"/{quote(key)}").body
            token = found.findtext("{*}NextContinuationToken")
            if not token:
                return
            query["continuation-token"] = token

    def _call(self, path: str, *, method: str = "GET") -> HttpResponse:
        response = call(self._url + path, method=method, headers=self._headers)
        if not response.ok:
            raise ResourceError(f"{method} {path}: {response.status} {response.text}")
        return response
