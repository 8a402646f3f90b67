"""`make client` and `make client-remove`: `python -m operations.client install`, and `... remove`."""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import botocore.session
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

from client_model.files import client_files
from client_model.names import SERVICE
from infra.settings.context import SettingsError, read_settings
from operations.client.config_file import ConfigFileError, with_endpoint, without_endpoints
from operations.client.file_edit import FileEdit
from operations.client.folder import FolderError, ModelFolder
from operations.client.messages import checked_url, how_to_point, region_note

_CDK_JSON = Path(__file__).parents[2] / "cdk.json"
_PROFILE_NAME = re.compile(r"[A-Za-z0-9_.@/+:-]+")
# AWS CLI 1 and 2 and boto3 read this folder:
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/loader.html
_MODELS = Path(Loader.CUSTOMER_DATA_PATH)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. The exit status is 1 if something is in the way."""
    given = _parser().parse_args(arguments)
    try:
        given.run(given)
    except (BotoCoreError, ConfigFileError, FolderError, SettingsError) as error:
        sys.exit(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m operations.client", allow_abbrev=False)
    commands = parser.add_subparsers(required=True)
    install = commands.add_parser("install", allow_abbrev=False)
    install.set_defaults(run=_install)
    install.add_argument("--url", type=_url, help="of the API")
    install.add_argument("--profile", type=_profile, help="whose services section gets the URL")
    install.add_argument("--write", action="store_true", help="write the section, and do not only show it")
    install.add_argument("--fleet", action="store_true", help="the API has a fleet, whatever cdk.json says")
    install.add_argument("-c", "--context", action="append", default=[], help="as of the CDK")
    commands.add_parser("remove", allow_abbrev=False).set_defaults(run=_remove)
    return parser


def _install(given: argparse.Namespace) -> None:
    if given.profile and not given.url:
        sys.exit("URL is missing: the URL that the profile gets, which is the stack's output ApiUrl.")
    if given.write and not given.profile:
        sys.exit("PROFILE is missing: the profile whose section WRITE=1 writes.")
    session = botocore.session.Session()
    # Before anything is written, because the edit may be refused.
    edit = _edit_of_profile(session, given.profile, given.url) if given.profile else None
    context = json.loads(_CDK_JSON.read_text(encoding="utf-8"))["context"]
    context.update(each.partition("=")[::2] for each in given.context)
    files = client_files(has_fleet=given.fleet or read_settings(context).has_fleet)
    _folder().install({name.relative_to(SERVICE): text for name, text in files.items()})
    sys.stdout.write(f"Installed {_MODELS / SERVICE}; make client-remove removes it.\n")
    _warn_of_other_models(session)
    sys.stdout.write(how_to_point(given.url) if edit is None else _apply(edit, given))


def _edit_of_profile(session: botocore.session.Session, profile: str, url: str) -> FileEdit:
    known = {"default", *session.available_profiles}
    if profile not in known:
        sys.exit(f"There is no profile {profile}. Profiles: {', '.join(sorted(known))}.")
    return FileEdit(_config_file(session), lambda text: with_endpoint(text, profile, url))


def _apply(edit: FileEdit, given: argparse.Namespace) -> str:
    """Write the edit if requested; return the message about it."""
    usage = f"Try: aws {SERVICE} get-overview --profile {given.profile}\n{region_note(given.url)}"
    if not edit.changes:
        return f"The profile has the URL already. {usage}"
    if not given.write:
        return f"\n{edit.changes}\n\nNot written. To write it, repeat with WRITE=1.\n"
    edit.write()
    return f"\n{edit.changes}\n\nWritten. {usage}"


def _remove(_: argparse.Namespace) -> None:
    edit = FileEdit(_config_file(botocore.session.Session()), without_endpoints)
    installed = _folder().remove()
    sys.stdout.write(f"Removed {_MODELS / SERVICE}.\n" if installed else "No client is installed.\n")
    if edit.changes:
        edit.write()
        sys.stdout.write(f"\n{edit.changes}\n")


def _folder() -> ModelFolder:
    return ModelFolder(_MODELS / SERVICE)


def _warn_of_other_models(session: botocore.session.Session) -> None:
    """Warn of folders that botocore prefers, which AWS_DATA_PATH or a profile's data_path names."""
    paths = list(map(Path, session.get_component("data_loader").search_paths))
    for each in paths[: paths.index(_MODELS)]:
        if (each / SERVICE).exists():
            sys.stderr.write(f"Warning: AWS clients read {each / SERVICE} first, because of AWS_DATA_PATH.\n")


def _config_file(session: botocore.session.Session) -> Path:
    return Path(session.get_config_variable("config_file")).expanduser()


def _url(text: str) -> str:
    try:
        return checked_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}; {error}") from error


def _profile(text: str) -> str:
    if not _PROFILE_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}; a name with spaces or quotes has to be edited by hand")
    return text


if __name__ == "__main__":
    main()
