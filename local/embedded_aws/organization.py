"""The organization: its accounts in AWS Organizations, and their roles in AWS STS."""

import io
import uuid
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import create_backend_app
from moto.organizations.models import organizations_backends

from local.common.fleet import MEMBERS, ROLE_NAME
from local.common.identifiers import ACCOUNT, FUNCTION_NAME
from local.embedded_aws.wsgi import respond

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ORGANIZATIONS_TARGET = "AWSOrganizationsV20161128"
# Closed accounts stay in the organization for 90 days.
_CLOSED = "456789012345"
_DENIED = (
    f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{FUNCTION_NAME}/local is not authorized to perform: "
    "sts:AssumeRole on resource: {role}"
)
# STS answers alike for a role that does not exist and for a caller who may not assume it.
_REASONS = {"trust": " because no role trust policy allows the sts:AssumeRole action"}
_ERROR = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>
  <RequestId>{request_id}</RequestId>
</ErrorResponse>"""


def organizations_application(region: str) -> "WSGIApplication":
    """Create AWS Organizations, with an organization of the hub, its members and a closed account."""
    backend = organizations_backends[ACCOUNT]["aws"]
    if backend.org is None:
        backend.create_organization(region=region, FeatureSet="ALL")
        for account, name in {**MEMBERS, _CLOSED: "closed"}.items():
            backend.create_account(AccountName=name, Email=f"{name}@example.com")
            # moto chooses a random id.
            backend.accounts[-1].id = account
        backend.close_account(AccountId=_CLOSED)
    application: WSGIApplication = create_backend_app("organizations").wsgi_app
    return application


class SecurityTokens:
    """AWS STS: gives credentials of the member roles, and denies all other roles.

    Parameters
    ----------
    role_fault : callable
        Returns the fault of the role of an account, see `SourceFaults`.
    """

    def __init__(self, role_fault: "Callable[[str], str | None]") -> None:
        self._role_fault = role_fault
        self._sts: WSGIApplication = create_backend_app("sts").wsgi_app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        role = parse_qs(body.decode()).get("RoleArn", [""])[0]
        fault = self._denial(role) if role else None
        if fault is None:
            environ["wsgi.input"] = io.BytesIO(body)
            return self._sts(environ, start_response)
        message = escape(_DENIED.format(role=role) + _REASONS.get(fault, ""), quote=False)
        error = _ERROR.format(message=message, request_id=uuid.uuid4())
        return respond(start_response, 403, error.encode(), {"Content-Type": "text/xml"})

    def _denial(self, role: str) -> str | None:
        account, _, name = role.removeprefix("arn:aws:iam::").partition(":role/")
        if account not in MEMBERS or name != ROLE_NAME:
            return "roleMissing"
        return self._role_fault(account)
