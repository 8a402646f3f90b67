"""The notification topics in the embedded AWS, each with a queue that takes the place of its readers."""

from local.common.http_client import call
from local.common.identifiers import ACCOUNT
from local.embedded_aws.signing import authorization
from local.embedded_aws.watch_resources import ResourceError

# Topics, and queues of the same names.
MAIL = "notifications"
CHAT = "chat"


def topic_arn(name: str, region: str) -> str:
    """Return the ARN of a topic."""
    return f"arn:aws:sns:{region}:{ACCOUNT}:{name}"


def create_topic(url: str, region: str, name: str) -> None:
    """Create a topic in the embedded AWS at `url`, and subscribe the queue of the same name.

    Raises
    ------
    ResourceError
        The embedded AWS rejected a request.
    """
    queue = f"arn:aws:sqs:{region}:{ACCOUNT}:{name}"
    for query in (
        f"Action=CreateTopic&Name={name}",
        f"Action=Subscribe&TopicArn={topic_arn(name, region)}&Protocol=sqs&Endpoint={queue}",
    ):
        response = call(f"{url}/?{query}", headers={"Authorization": authorization(region, "sns")})
        if not response.ok:
            raise ResourceError(f"{query}: {response.status} {response.text}")
