"""Paginators, by boto3 and by the AWS CLI."""

from typing import TYPE_CHECKING, Any

import pytest

from client_model.paginators import paginators
from customization_jobs.entrypoints.documents import service_model
from tests.contract.real_clients.client.conftest import output_of

if TYPE_CHECKING:
    from tests.contract.real_clients.client.conftest import RunAws
    from tests.contract.real_clients.client.signed_gateway import SignedGateway

JOBS = "modelCustomizationJobSummaries"
# By operation: its list, the field that identifies a row, the number of rows, and a small page.
LISTS = {
    "list_model_customization_jobs": (JOBS, "jobArn", 80, 33),
    "list_fleet_model_customization_jobs": (JOBS, "jobArn", 280, 90),
    "get_fleet_coverage": ("sources", "account", 6, 4),
}


def test_every_paginated_operation_is_tested(client: Any) -> None:
    assert {name for name in client.meta.method_to_api_mapping if client.can_paginate(name)} == set(LISTS)
    model = service_model(has_fleet=True)
    paged = {
        name
        for name, each in model["operations"].items()
        if "nextToken" in model["shapes"][each["input"]["shape"]]["members"]
    }
    assert set(paginators(model)["pagination"]) == paged


@pytest.mark.parametrize("operation", LISTS)
def test_boto3_reads_all_pages(operation: str, client: Any, gateway: "SignedGateway") -> None:
    rows, key, number, size = LISTS[operation]
    before = len(gateway.passed)
    pages = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": size})
    listed = [row for page in pages for row in page[rows]]
    assert len(listed) == len({(row[key], row.get("region")) for row in listed}) == number
    assert len(gateway.passed) - before == -(-number // size)


@pytest.mark.parametrize("operation", LISTS)
def test_the_command_line_reads_all_pages(operation: str, aws: "RunAws", gateway: "SignedGateway") -> None:
    rows, _, number, size = LISTS[operation]
    before = len(gateway.passed)
    answer = output_of(aws(operation.replace("_", "-"), "--page-size", str(size)))
    assert len(answer[rows]) == number
    assert len(gateway.passed) - before == -(-number // size)
    # Each answer about a fleet includes its coverage.
    assert ("fleet" in operation) == ("coverage" in answer)


@pytest.mark.parametrize("operation", LISTS)
def test_the_command_line_stops_and_resumes(operation: str, aws: "RunAws") -> None:
    rows, key, number, size = LISTS[operation]
    command, limit = operation.replace("_", "-"), ("--max-items", str(size + 1), "--page-size", str(size))
    first = output_of(aws(command, *limit))
    rest = output_of(aws(command, "--starting-token", first["NextToken"]))
    assert len(first[rows]) == size + 1
    identified = {(row[key], row.get("region")) for page in (first, rest) for row in page[rows]}
    assert len(identified) == len(first[rows]) + len(rest[rows]) == number
