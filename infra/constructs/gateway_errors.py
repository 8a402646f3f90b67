"""Error responses that API Gateway sends itself, before or instead of the function."""

import json
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway


@dataclass(frozen=True)
class GatewayError:
    """One kind of error response.

    Attributes
    ----------
    kind : str
        API Gateway's name of the response type.
    title : str
        The error in words.
    name : str or None
        The error's name to AWS clients. None keeps API Gateway's own, such as `ExpiredTokenException`.
    status : int or None
        None keeps API Gateway's own.
    retry_after_seconds : int or None
        Set where an immediate retry can succeed.
    """

    kind: str
    title: str
    name: str | None = None
    status: int | None = None
    retry_after_seconds: int | None = None

    def add_to(self, api: apigateway.RestApi) -> None:
        """Configure the response in an API."""
        api.add_gateway_response(
            self.kind,
            type=apigateway.ResponseType.of(self.kind),
            status_code=str(self.status) if self.status else None,
            response_headers=self.headers(),
            templates={"application/json": self.template()},
        )

    def headers(self) -> dict[str, str]:
        """Return the headers; API Gateway writes constant values in single quotes."""
        headers = {"Content-Type": "'application/problem+json'"}
        if self.name:
            headers["x-amzn-ErrorType"] = f"'{self.name}'"
        if self.retry_after_seconds:
            headers["Retry-After"] = f"'{self.retry_after_seconds}'"
        return headers

    def template(self) -> str:
        """Return the body: a problem as in RFC 9457, with the `message` that AWS clients read."""
        problem: dict[str, str | int] = {"type": "about:blank", "title": self.title}
        if self.status:
            problem["status"] = self.status
        # API Gateway replaces the variable with a quoted JSON string, so the template must not quote it.
        message = "$context.error.messageString"
        return f'{json.dumps(problem)[:-1]}, "detail": {message}, "message": {message}}}'


GATEWAY_ERRORS = (
    GatewayError("DEFAULT_4XX", "The request was refused"),
    GatewayError("DEFAULT_5XX", "The service failed", "InternalServerException"),
    GatewayError("BAD_REQUEST_BODY", "The request is malformed", "ValidationException", 400),
    GatewayError("BAD_REQUEST_PARAMETERS", "The request is malformed", "ValidationException", 400),
    GatewayError("ACCESS_DENIED", "Access is denied", "AccessDeniedException", 403),
    GatewayError("THROTTLED", "Too many requests", "ThrottlingException", 429, retry_after_seconds=1),
    GatewayError("INTEGRATION_FAILURE", "The service failed", "InternalServerException", 500),
    GatewayError("INTEGRATION_TIMEOUT", "The service did not answer in time", "BedrockTimeoutException", 504),
)
