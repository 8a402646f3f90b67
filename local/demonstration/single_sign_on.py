"""Single sign-on of a local run: an identity provider of its own, and a token to try."""

from local.demonstration.console import Console
from local.gateway.jwt_authorizer import JwtAuthorizer
from local.gateway.token_issuer import TokenIssuer
from local.processes.process_group import ProcessGroup

_AUDIENCE = "customization-jobs"
_SCOPE = "jobs/read"
_EXAMPLES = """\
TOKEN={token}
curl --header "Authorization: Bearer $TOKEN" '{url}/model-customization-jobs?maxResults=2'
curl --header "Authorization: Bearer $TOKEN" {url}/board
"""


class SingleSignOn:
    """The issuer of the tokens, and the authorizer that accepts them."""

    def __init__(self) -> None:
        self._issuer = TokenIssuer()
        self.authorizer = JwtAuthorizer(self._issuer.name, [_AUDIENCE], [_SCOPE], self._issuer.key_set)

    def show(self, console: Console, processes: ProcessGroup) -> None:
        """Print the address of the API, and commands with a token for it."""
        assert processes.single_sign_on  # noqa: S101 - it was started with this authorizer
        console.heading("Single sign-on: the same API, for tokens of the run's own issuer")
        token = self._issuer.sign(sub="ana", aud=_AUDIENCE, scope=_SCOPE)
        # Not indented, so that the commands can be copied.
        console.line(_EXAMPLES.format(token=token, url=processes.single_sign_on.url))
