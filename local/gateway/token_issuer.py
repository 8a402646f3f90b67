"""An identity provider of one's own: a key, and tokens that are signed with it."""

import time
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

_LIFETIME_SECONDS = 12 * 3600
# NIST's and API Gateway's minimum.
_KEY_BITS = 2048


class TokenIssuer:
    """Signs tokens with RS256.

    Attributes
    ----------
    name : str
        The claim `iss` of its tokens.
    """

    def __init__(self, name: str = "https://issuer.example") -> None:
        self.name = name
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        self._key_id = uuid4().hex

    @property
    def key_set(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set (RFC 7517)."""
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self._key_id, "use": "sig", "alg": "RS256"}]}

    def sign(self, **claims: Any) -> str:
        """Return a token that is valid for twelve hours, unless `claims` say otherwise.

        A claim that is None is left out.
        """
        now = int(time.time())
        defaults = {"iss": self.name, "iat": now, "nbf": now, "exp": now + _LIFETIME_SECONDS}
        given = {name: value for name, value in {**defaults, **claims}.items() if value is not None}
        return jwt.encode(given, self._key, algorithm="RS256", headers={"kid": self._key_id})
