"""The AWS SDK integration of Bedrock, of which moto's interpreter does not convert the names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import botocore.session
from botocore.model import ListShape, MapShape, StructureShape
from botocore.validate import ParamValidator
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)


class CreatedJobs:
    """Takes the place of `CreateModelCustomizationJob`, and validates its parameters by botocore's model.

    Attributes
    ----------
    requests : list of dict
        The parameters, under the names of the API.
    """

    def __init__(self) -> None:
        service: Any = botocore.session.Session().get_service_model("bedrock")
        self._shape = service.operation_model("CreateModelCustomizationJob").input_shape
        self.requests: list[dict[str, Any]] = []

    @contextmanager
    def patched(self) -> Iterator[None]:
        """Replace moto's integration."""

        def evaluate(service: Any, env: Any, normalised_parameters: Any, **_: Any) -> None:
            assert service.resource.resource_arn.endswith(":aws-sdk:bedrock:createModelCustomizationJob")
            env.stack.append({"JobArn": self._create(normalised_parameters)})

        with mock.patch.object(StateTaskServiceAwsSdk, "_eval_service_task", evaluate):
            yield

    def _create(self, parameters: Mapping[str, Any]) -> str:
        request = _api_names(parameters, self._shape)
        report = ParamValidator().validate(request, self._shape)
        assert not report.has_errors(), report.generate_report()
        self.requests.append(request)
        return job_arn(len(self.requests))


def job_arn(number: int) -> str:
    """Return the ARN of the job that is created by the request with this number, from 1."""
    kind = "model-customization-job/amazon.nova-micro-v1:0:128k"
    return f"arn:aws:bedrock:us-east-1:123456789012:{kind}/{number:012}"


def _api_names(value: Any, shape: Any) -> Any:
    """Convert the names of an SDK integration, which begin with a capital letter, to those of the API."""
    if isinstance(shape, StructureShape):
        names = {name[0].upper() + name[1:]: name for name in shape.members}
        return {names[name]: _api_names(each, shape.members[names[name]]) for name, each in value.items()}
    if isinstance(shape, ListShape):
        return [_api_names(each, shape.member) for each in value]
    if isinstance(shape, MapShape):
        return {name: _api_names(each, shape.value) for name, each in value.items()}
    return value
