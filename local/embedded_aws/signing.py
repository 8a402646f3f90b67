"""The header that names region and service to the embedded AWS, which verifies no signature."""


def authorization(region: str, service: str) -> str:
    """Return an `Authorization` header in the form of Signature Version 4."""
    scope = f"local/20260101/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def signed_service(authorization: str) -> str:
    """Return the service that an `Authorization` header names, or nothing."""
    parts = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    return parts[-2] if len(parts) > 1 else ""
