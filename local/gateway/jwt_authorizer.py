"""Verifies tokens as the JWT authorizer of an HTTP API does.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options

# API Gateway accepts only algorithms with RSA. Every other one, such as none or HS256, is refused.
_ALGORITHMS = ("RS256", "RS384", "RS512")
_BEARER = "bearer "
_CHECKS: Options = {"require": ["exp", "iss"], "verify_aud": False, "verify_sub": False}


class RefusalError(Exception):
    """The request is refused.

    Attributes
    ----------
    status : int
        401, or 403 if only a scope is missing.
    message : str
        The message in the body.
    challenge : str
        The header `www-authenticate`.
    """

    def __init__(self, status: int, message: str, challenge: str) -> None:
        super().__init__(challenge)
        self.status = status
        self.message = message
        self.challenge = challenge


@dataclass(frozen=True, slots=True)
class JwtAuthorizer:
    """The authorizer of all routes.

    Parameters
    ----------
    issuer : str
        The claim `iss` that tokens must have.
    audience : sequence of str
        Tokens must have one of them as `aud`, or as `client_id` if they have no `aud`.
    scopes : sequence of str
        Tokens must have one of them in `scope` or `scp`. If empty, none is needed.
    key_set : mapping
        The public keys of the issuer, as a JSON Web Key Set.
    """

    issuer: str
    audience: Sequence[str]
    scopes: Sequence[str]
    key_set: Mapping[str, Any]

    @classmethod
    def from_json(cls, text: str) -> "JwtAuthorizer":
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """Return the settings, of which none is secret."""
        fields = {"issuer": self.issuer, "audience": [*self.audience], "scopes": [*self.scopes]}
        return json.dumps({**fields, "key_set": self.key_set})

    def authorize(self, authorization: str) -> dict[str, Any]:
        """Return `requestContext.authorizer.jwt` of the event for the function.

        Parameters
        ----------
        authorization : str
            The header: a token, with or without "Bearer" before it; empty if there is none.

        Raises
        ------
        RefusalError
            The request is refused.
        """
        is_bearer = authorization.lower().startswith(_BEARER)
        token = (authorization[len(_BEARER) :] if is_bearer else authorization).strip()
        if not token:
            raise _unauthorized("Bearer")
        claims = self._verified(token)
        self._check_audience(claims)
        return {
            "claims": {name: _as_text(value) for name, value in claims.items()},
            "scopes": self._scopes_of(claims),
        }

    def _verified(self, token: str) -> Mapping[str, Any]:
        try:
            key = self._key_of(token)
            claims: Mapping[str, Any] = jwt.decode(
                token, key, algorithms=_ALGORITHMS, issuer=self.issuer, options=_CHECKS
            )
        except jwt.ExpiredSignatureError as error:
            raise _invalid("the token has expired") from error
        except jwt.InvalidIssuerError as error:
            raise _invalid("the token does not have a valid issuer") from error
        except jwt.PyJWTError as error:
            raise _invalid("the token is not valid") from error
        return claims

    def _key_of(self, token: str) -> jwt.PyJWK:
        key_id = jwt.get_unverified_header(token).get("kid")
        keys = jwt.PyJWKSet.from_dict(dict(self.key_set)).keys
        key = next((each for each in keys if each.key_id == key_id), None)
        if key is None:
            raise jwt.InvalidKeyError("No key has this id.")
        return key

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        given = claims.get("aud", claims.get("client_id"))
        values = given if isinstance(given, list) else [given]
        if not any(value in self.audience for value in values):
            raise _invalid("the token does not have a valid audience")

    def _scopes_of(self, claims: Mapping[str, Any]) -> list[str] | None:
        if not self.scopes:
            return None
        given = claims.get("scope", claims.get("scp", ""))
        scopes = given if isinstance(given, list) else str(given).split()
        matching = [scope for scope in scopes if scope in self.scopes]
        if not matching:
            needed = " ".join(self.scopes)
            raise RefusalError(
                403,
                "Forbidden",
                f'Bearer scope="{needed}" error="insufficient_scope" '
                'error_description="the token does not have a required scope"',
            )
        return matching


def _invalid(reason: str) -> RefusalError:
    return _unauthorized(f'Bearer scope="" error="invalid_token" error_description="{reason}"')


def _unauthorized(challenge: str) -> RefusalError:
    return RefusalError(401, "Unauthorized", challenge)


def _as_text(value: Any) -> str:
    # API Gateway passes every claim as text: a list in brackets, without commas.
    if isinstance(value, list):
        return f"[{' '.join(map(_as_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
