import http.client
import json
from urllib.parse import urlsplit

from benchmarks.bedrock_server import CALLS_PATH, serving
from benchmarks.quota import Quota

PATH = "/model-customization-jobs"


def get(url: str, path: str) -> tuple[int, dict[str, object]]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


def test_it_listens_on_loopback_and_serves_pages() -> None:
    with serving(5) as url:
        assert urlsplit(url).hostname == "127.0.0.1"
        status, answer = get(url, f"{PATH}?maxResults=2")
        assert status == 200
        assert answer["nextToken"] == "2"
        assert get(url, f"{PATH}?maxResults=0")[0] == 400
        assert get(url, "/elsewhere")[0] == 404


def test_requests_beyond_the_quota_are_throttled_and_counted() -> None:
    with serving(5, quota=Quota(0.001, 2)) as url:
        assert [get(url, PATH)[0] for _ in range(3)] == [200, 200, 429]
        assert get(url, PATH)[1] == {"message": "Rate exceeded"}
        assert get(url, CALLS_PATH) == (200, {"accepted": 2, "throttled": 2})
