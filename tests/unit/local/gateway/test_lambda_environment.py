import time
from typing import Any

from local.gateway.lambda_environment import Context, Invocation, LambdaEnvironment, load_handler


def test_the_handler_processes_one_event_at_a_time() -> None:
    running, maximum = [0], [0]

    def handler(_event: Any, _context: Context) -> None:
        running[0] += 1
        maximum[0] = max(maximum[0], running[0])
        time.sleep(0.01)
        running[0] -= 1

    environment = LambdaEnvironment(handler, 5)
    for result in [environment.submit(Invocation(b"{}", "arn")) for _ in range(5)]:
        assert result.result(5).payload == b"null"
    assert maximum == [1]


def test_a_handler_is_found_by_its_dotted_name() -> None:
    assert load_handler("json.dumps").__name__ == "dumps"
