"""The header that names region and service to the embedded AWS, which verifies no signature."""

from typing import NamedTuple


class Scope(NamedTuple):
    """What the credential scope of a request names; each is empty if there is none."""

    access_key: str = ""
    region: str = ""
    service: str = ""


def authorization(region: str, service: str, access_key: str = "local") -> str:
    """Return an `Authorization` header in the form of Signature Version 4."""
    scope = f"{access_key}/20260101/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def signed_scope(authorization: str) -> Scope:
    """Return the scope that an `Authorization` header names."""
    parts = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    return Scope(*parts[-5:-4], *parts[-3:-1]) if len(parts) > 4 else Scope()  # noqa: PLR2004 - key/date/region/service/end


def signed_service(authorization: str) -> str:
    """Return the service that an `Authorization` header names, or nothing."""
    return signed_scope(authorization).service
