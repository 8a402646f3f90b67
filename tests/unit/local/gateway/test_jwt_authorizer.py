"""Tokens are accepted and refused as AWS documents it for the JWT authorizer of HTTP APIs."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.gateway.jwt_authorizer import JwtAuthorizer, RefusalError
from local.gateway.token_issuer import TokenIssuer

ISSUER = TokenIssuer()
AUTHORIZER = JwtAuthorizer(ISSUER.name, ["jobs", "other"], ["jobs/read", "jobs/all"], ISSUER.key_set)
VALID: dict[str, Any] = {"sub": "ana", "aud": "jobs", "scope": "openid jobs/read"}


def sign(**claims: Any) -> str:
    return ISSUER.sign(**{**VALID, **claims})


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def refusal(authorization: str, authorizer: JwtAuthorizer = AUTHORIZER) -> RefusalError:
    with pytest.raises(RefusalError) as refused:
        authorizer.authorize(authorization)
    return refused.value


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", ""])
def test_a_valid_token_is_accepted_with_its_claims_as_text(prefix: str) -> None:
    authorized = AUTHORIZER.authorize(prefix + sign(exp=int(time.time()) + 9, groups=["a", "b"], admin=True))
    assert authorized["scopes"] == ["jobs/read"]
    claims = authorized["claims"]
    assert {name: claims[name] for name in ("sub", "aud", "groups", "admin")} == {
        "sub": "ana",
        "aud": "jobs",
        "groups": "[a b]",
        "admin": "true",
    }
    assert claims["exp"].isdecimal()


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["unknown", "other"]},
        # `client_id` counts only if there is no `aud`, as in access tokens of Cognito.
        {"aud": None, "client_id": "jobs"},
        {"scope": None, "scp": ["jobs/all"]},
        {"scope": "jobs/all"},
        {"scope": ["jobs/read"]},
        {"nbf": None, "iat": None},
        {"sub": None},
    ],
)
def test_other_valid_claims_are_accepted(claims: dict[str, Any]) -> None:
    assert AUTHORIZER.authorize(sign(**claims))["claims"]


def test_without_scopes_a_token_needs_none() -> None:
    authorizer = JwtAuthorizer(ISSUER.name, ["jobs"], [], ISSUER.key_set)
    assert authorizer.authorize(sign(scope=None))["scopes"] is None


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": NOW - 1}, "the token has expired"),
        ({"exp": None}, "the token is not valid"),
        ({"nbf": NOW + 3600}, "the token is not valid"),
        ({"iat": NOW + 3600}, "the token is not valid"),
        ({"iss": "https://other.example"}, "the token does not have a valid issuer"),
        ({"iss": f"{ISSUER.name}/"}, "the token does not have a valid issuer"),
        ({"iss": None}, "the token is not valid"),
        ({"aud": [["jobs"]]}, "the token does not have a valid audience"),
        ({"aud": {"jobs": True}}, "the token does not have a valid audience"),
        ({"aud": "unknown"}, "the token does not have a valid audience"),
        ({"aud": None}, "the token does not have a valid audience"),
        ({"aud": None, "client_id": "unknown"}, "the token does not have a valid audience"),
        ({"aud": "unknown", "client_id": "jobs"}, "the token does not have a valid audience"),
    ],
)
def test_wrong_claims_are_unauthorized(claims: dict[str, Any], reason: str) -> None:
    refused = refusal(f"Bearer {sign(**claims)}")
    assert (refused.status, refused.message) == (401, "Unauthorized")
    assert refused.challenge == f'Bearer scope="" error="invalid_token" error_description="{reason}"'


@pytest.mark.parametrize("claims", [{"scope": None}, {"scope": "openid"}, {"scope": "jobs/readonly"}])
def test_a_missing_scope_is_forbidden(claims: dict[str, Any]) -> None:
    refused = refusal(f"Bearer {sign(**claims)}")
    assert (refused.status, refused.message) == (403, "Forbidden")
    assert refused.challenge.startswith('Bearer scope="jobs/read jobs/all" error="insufficient_scope"')


@pytest.mark.parametrize("header", ["", "Bearer ", "bearer   "])
def test_a_missing_token_is_unauthorized(header: str) -> None:
    refused = refusal(header)
    assert (refused.status, refused.message, refused.challenge) == (401, "Unauthorized", "Bearer")


def _unsigned(algorithm: str) -> str:
    _, claims, _ = sign().split(".")
    return f"{part({'alg': algorithm, 'kid': ISSUER.key_set['keys'][0]['kid']})}.{claims}."


def _signed_with_the_public_key() -> str:
    """Sign with HS256 and the public key as the secret, which a verifier must not take for one."""
    key = ISSUER.key_set["keys"][0]
    pem = jwt.PyJWK(key).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _, claims, _ = sign().split(".")
    signed = f"{part({'alg': 'HS256', 'kid': key['kid']})}.{claims}"
    digest = hmac.new(pem, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _by_another_key_with_this_id() -> str:
    other = TokenIssuer()
    header, *_ = sign().split(".")
    _, claims, signature = other.sign(**VALID).split(".")
    return f"{header}.{claims}.{signature}"


def _with_other_claims() -> str:
    header, _, signature = sign().split(".")
    return f"{header}.{part({**VALID, 'sub': 'admin', 'iss': ISSUER.name, 'exp': NOW + 3600})}.{signature}"


@pytest.mark.parametrize(
    "token",
    [
        *map(_unsigned, ("none", "None", "RS256")),
        _signed_with_the_public_key(),
        TokenIssuer().sign(**VALID),
        _by_another_key_with_this_id(),
        _with_other_claims(),
        *("x", "a.b.c", "..", "Basic YTpi", f"{sign()}.x", sign()[:-4]),
    ],
)
def test_a_token_that_the_issuer_has_not_signed_is_unauthorized(token: str) -> None:
    refused = refusal(f"Bearer {token}")
    assert (refused.status, refused.message) == (401, "Unauthorized")
    assert token not in refused.challenge


def test_a_header_without_the_id_of_the_key_is_unauthorized() -> None:
    private = ISSUER._key  # noqa: SLF001 - the issuer itself always names its key
    claims = {**VALID, "iss": ISSUER.name, "exp": NOW + 3600}
    assert refusal(jwt.encode(claims, private, algorithm="RS256")).status == 401


def test_the_settings_pass_through_json() -> None:
    assert JwtAuthorizer.from_json(AUTHORIZER.to_json()) == AUTHORIZER
    # Only the public part of the key.
    assert set(ISSUER.key_set["keys"][0]) == {"kty", "key_ops", "n", "e", "kid", "use", "alg"}
