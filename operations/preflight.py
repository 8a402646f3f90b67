"""Checks before a deployment that the account fits the settings: `python -m operations.preflight CDK_ARGS`.

`make deploy` runs it. What it reports would otherwise end the deployment after minutes, or starve the watch
later. What the credentials may not read is not checked.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.timeouts import HTTP_SECONDS
from infra.settings.context import SettingsError, read_settings
from infra.settings.model import Settings

# Lambda keeps this many executions for functions without a reservation.
# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
_UNRESERVED_MINIMUM = 100
# Executions that sweeps and events of the watch take at a time.
_FOR_THE_WATCH = 10
_CDK_JSON = Path(__file__).parents[1] / "cdk.json"


class Finding(NamedTuple):
    """A sentence for the user, and whether it says that the deployment would fail."""

    sentence: str
    prevents_deployment: bool = False


def log_role_problem(account: Mapping[str, Any], settings: Settings) -> str | None:
    """Return why API Gateway could not write the access log.

    Parameters
    ----------
    account : mapping
        Answer of API Gateway's `GetAccount`.
    settings : Settings
        The settings of the stack.
    """
    if settings.api_account_log_role or account.get("cloudwatchRoleArn"):
        return None
    return (
        "API Gateway has no role to write logs in this account and region, so the deployment would fail. Set "
        "customizationJobs.apiAccountLogRole to true in cdk.json: the stack then creates the role, and sets "
        "it for all APIs of the account in this region."
    )


def reservation_problem(limits: Mapping[str, int], settings: Settings) -> str | None:
    """Return why Lambda would refuse the reserved concurrency.

    Parameters
    ----------
    limits : mapping
        `AccountLimit` of Lambda's `GetAccountSettings`.
    settings : Settings
        The settings of the stack.
    """
    total, reserved = limits["ConcurrentExecutions"], settings.listing_reserved_concurrency
    if reserved is None or total - reserved >= _UNRESERVED_MINIMUM:
        return None
    most = total - _UNRESERVED_MINIMUM
    return (
        f"customizationJobs.listingReservedConcurrency is {reserved}, but Lambda requires that "
        f"{_UNRESERVED_MINIMUM} of the {total} concurrent executions of the account remain unreserved. "
        f"Allowed here: {f'at most {most}, or ' if most > 0 else ''}null."
    )


def starvation_warning(limits: Mapping[str, int], settings: Settings) -> str | None:
    """Return a warning if the API could take the executions that the watch needs.

    Parameters
    ----------
    limits : mapping
        `AccountLimit` of Lambda's `GetAccountSettings`.
    settings : Settings
        The settings of the stack.
    """
    unreserved = limits["UnreservedConcurrentExecutions"]
    demand = int(settings.api_requests_per_second * HTTP_SECONDS) + settings.api_burst
    if settings.listing_reserved_concurrency is not None or demand + _FOR_THE_WATCH <= unreserved:
        return None
    most = unreserved - _UNRESERVED_MINIMUM
    remedy = (
        f"Set customizationJobs.listingReservedConcurrency to at most {most}"
        if most > 0
        else "Request a higher quota of concurrent executions from Lambda"
    )
    return (
        f"Warning: the API can take {demand} concurrent executions ({settings.api_requests_per_second} "
        f"requests a second of {HTTP_SECONDS:g} s each, and a burst of {settings.api_burst}), and the "
        f"account has {unreserved}. Sweeps and events would then wait, and end in the dead-letter queue "
        f"after an hour. {remedy}, or lower customizationJobs.apiRequestsPerSecond."
    )


def check(session: Any, settings: Settings) -> Iterator[Finding]:
    """Yield what is wrong with the account, and what could not be checked."""
    for part in (_check_api_gateway, _check_lambda):
        try:
            yield from part(session, settings)
        except (ClientError, BotoCoreError) as error:
            yield Finding(f"Not checked before the deployment: {error}")


def _check_api_gateway(session: Any, settings: Settings) -> Iterator[Finding]:
    if problem := log_role_problem(session.create_client("apigateway").get_account(), settings):
        yield Finding(problem, prevents_deployment=True)


def _check_lambda(session: Any, settings: Settings) -> Iterator[Finding]:
    limits = session.create_client("lambda").get_account_settings()["AccountLimit"]
    if problem := reservation_problem(limits, settings):
        yield Finding(problem, prevents_deployment=True)
    if warning := starvation_warning(limits, settings):
        yield Finding(warning)


def main(arguments: Sequence[str] | None = None, session: Any = None) -> None:
    """Run the command line. The exit status is 1 if the deployment would fail.

    Parameters
    ----------
    arguments : sequence of str or None
        The arguments of `cdk deploy`. If None, those of the process.
    session : botocore.session.Session or None
        If None, a session with the credentials and the region of the environment.
    """
    parser = argparse.ArgumentParser(prog="python -m operations.preflight", allow_abbrev=False)
    parser.add_argument("-c", "--context", action="append", default=[])
    parser.add_argument("--profile")
    parsed, _ = parser.parse_known_args(arguments)
    context = json.loads(_CDK_JSON.read_text(encoding="utf-8"))["context"]
    context.update(each.partition("=")[::2] for each in parsed.context)
    try:
        settings = read_settings(context)
    except SettingsError as error:
        sys.exit(str(error))
    findings = list(check(session or botocore.session.Session(profile=parsed.profile), settings))
    for finding in findings:
        sys.stderr.write(f"{finding.sentence}\n")
    if any(finding.prevents_deployment for finding in findings):
        sys.exit(1)


if __name__ == "__main__":
    main()
