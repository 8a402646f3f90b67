"""`make client` and `make client-remove` as programs, in a temporary home folder."""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from client_model.files import client_files
from client_model.names import SERVICE
from operations.client.folder import RECEIPT
from operations.client.messages import checked_url

ROOT = Path(__file__).parents[3]
URL = "https://abc.execute-api.eu-west-1.amazonaws.com/prod/"
CONFIG = "[default]\nregion = us-east-1\n[profile dev]\naws_secret_access_key = hidden\n"
Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def config(home: Path) -> Path:
    (home / ".aws").mkdir()
    file = home / ".aws" / "config"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def run(home: Path) -> Run:
    def run_program(*arguments: str, **variables: str) -> Done:
        path = os.pathsep.join((str(ROOT / "lambda_src"), str(ROOT)))
        return subprocess.run(
            [sys.executable, "-m", "operations.client", *arguments],
            env={"PYTHONPATH": path, "HOME": str(home), **variables},
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )

    return run_program


def installed(home: Path) -> dict[Path, str]:
    models = home / ".aws" / "models"
    files = (each for each in models.rglob("*") if each.is_file() and each.name != RECEIPT)
    return {each.relative_to(models): each.read_text() for each in files}


def test_it_installs_the_model_and_says_how_to_give_the_url(run: Run, home: Path) -> None:
    done = run("install")
    assert (done.returncode, done.stderr) == (0, "")
    assert installed(home) == client_files(has_fleet=False)
    assert "OutputKey=='ApiUrl'" in done.stdout
    assert "make client-remove removes it" in done.stdout
    assert not (home / ".aws" / "config").exists()


@pytest.mark.parametrize(
    "options", [["--fleet"], ["-c", 'customizationJobs.fleetRegions=["us-east-1", "us-west-2"]']]
)
def test_the_operations_are_those_that_are_deployed(options: list[str], run: Run, home: Path) -> None:
    done = run("install", *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert installed(home) == client_files(has_fleet=True)


def test_with_a_url_it_says_the_variable_and_the_region(run: Run) -> None:
    output = run("install", "--url", URL).stdout
    assert f"export AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS={URL}\n" in output
    assert "AWS_REGION and AWS_DEFAULT_REGION, or --region: eu-west-1." in output
    assert "or --region: that of the API." in run("install").stdout


def test_it_shows_the_lines_and_no_others_before_it_writes_them(run: Run, config: Path) -> None:
    shown = run("install", "--url", URL, "--profile", "dev")
    assert shown.returncode == 0
    assert "Not written. To write it, repeat with WRITE=1." in shown.stdout
    assert config.read_text() == CONFIG
    written = run("install", "--url", URL, "--profile", "dev", "--write")
    assert written.returncode == 0
    added = re.findall(r"^\+(?!\+)(.*)$", shown.stdout, re.MULTILINE)
    assert added == re.findall(r"^\+(?!\+)(.*)$", written.stdout, re.MULTILINE)
    assert f"  endpoint_url = {URL}" in added
    assert [line for line in config.read_text().splitlines() if line not in CONFIG.splitlines()] == added
    assert "hidden" not in shown.stdout + written.stdout
    again = run("install", "--url", URL, "--profile", "dev", "--write")
    assert again.stdout.splitlines()[1].startswith("The profile has the URL already.")


def test_it_undoes_itself(run: Run, home: Path, config: Path) -> None:
    before = sorted(home.rglob("*"))
    for profile in ("dev", "default"):
        assert run("install", "--url", URL, "--profile", profile, "--write").returncode == 0
    removed = run("remove")
    assert (removed.returncode, removed.stderr) == (0, "")
    assert config.read_text() == CONFIG
    assert sorted(home.rglob("*")) == before
    again = run("remove")
    assert (again.returncode, again.stdout) == (0, "No client is installed.\n")


def test_a_new_file_is_for_its_user_only_and_disappears_again(run: Run, home: Path) -> None:
    run("install", "--url", URL, "--profile", "default", "--write")
    config = home / ".aws" / "config"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    run("remove")
    assert not config.exists()


def test_a_link_to_the_file_and_its_mode_stay(run: Run, home: Path, config: Path) -> None:
    target = home / "dotfiles"
    config.rename(target)
    target.chmod(0o640)
    config.symlink_to(target)
    for command in (["install", "--url", URL, "--profile", "dev", "--write"], ["remove"]):
        assert run(*command).returncode == 0
        assert config.is_symlink()
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        assert (target.read_text() == CONFIG) == (command == ["remove"])


def test_the_file_can_be_elsewhere(run: Run, home: Path, config: Path) -> None:
    other = home / "other"
    other.write_text(CONFIG)
    run("install", "--url", URL, "--profile", "dev", "--write", AWS_CONFIG_FILE=str(other))
    assert config.read_text() == CONFIG
    assert URL in other.read_text()
    run("remove", AWS_CONFIG_FILE=str(other))
    assert other.read_text() == CONFIG


def test_a_file_that_aws_clients_cannot_read_is_left_alone(run: Run, config: Path) -> None:
    content = CONFIG.encode() + b"# caf\xe9\r\n"
    config.write_bytes(content)
    done = run("install", "--url", URL, "--profile", "default", "--write", PYTHONUTF8="1")
    assert done.returncode == 1
    assert "Unable to parse config file" in done.stderr
    assert run("remove").returncode == 0
    assert config.read_bytes() == content


PROFILE = ("--url", URL, "--profile", "dev")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--profile", "dev"], "URL is missing"),
        (["--url", URL, "--profile", "prod"], "There is no profile prod. Profiles: default, dev."),
        (["--url", URL, "--profile", "a b"], "has to be edited by hand"),
        (["--url", "http://example.com", "--profile", "dev"], "allowed: https://"),
        (["-c", "customizationJobs.fleetRegion=1", *PROFILE], "is not a setting. Did you mean fleetRegions?"),
        ([], "PROFILE is missing"),
    ],
)
def test_a_wrong_call_writes_nothing(
    arguments: list[str], message: str, run: Run, home: Path, config: Path
) -> None:
    done = run("install", *arguments, "--write")
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert config.read_text() == CONFIG
    assert installed(home) == {}


def test_what_is_in_the_way_is_named(run: Run, home: Path, config: Path) -> None:
    theirs = home / ".aws" / "models" / SERVICE / "2023-04-20" / "service-2.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("{}")
    done = run("install", "--url", URL, "--profile", "dev", "--write")
    assert (done.returncode, done.stderr) == (
        1,
        f"{theirs} was not installed by `make client`. Move it away, and try again.\n",
    )
    assert config.read_text() == CONFIG


def test_a_model_that_aws_clients_prefer_is_reported(run: Run, home: Path) -> None:
    other = home / "models"
    (other / SERVICE).mkdir(parents=True)
    done = run("install", AWS_DATA_PATH=str(other))
    assert done.returncode == 0
    assert done.stderr == f"Warning: AWS clients read {other / SERVICE} first, because of AWS_DATA_PATH.\n"


@pytest.mark.parametrize(
    "url",
    [
        *(URL, URL.rstrip("/"), "https://jobs.example.com", "http://localhost:8080"),
        *("http://127.0.0.1:8080/", "http://[::1]:8080"),
    ],
)
def test_urls_to_which_requests_are_sent(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "abc", "ftp://example.com", "http://example.com", "http://127.0.0.1.example.com", "https://"),
        *("https://user@example.com", "https://example.com?a=b", "https://example.com#a", "https://[::1"),
        *("https://example.com\naws_access_key_id = a", "https://exämple.com", "https://example.com/a b"),
    ],
)
def test_urls_to_which_none_are_sent(url: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|Invalid IPv6"):
        checked_url(url)


def test_the_targets_of_make_pass_their_variables_on() -> None:
    def command(*arguments: str) -> str:
        options = ["-n", "-o", ".venv/run.stamp", "--no-print-directory"]
        make = shutil.which("make")
        assert make
        done = subprocess.run(
            [make, *options, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout

    given = command("client", f"URL={URL}", "PROFILE=dev", "WRITE=1", "FLEET=1", "CDK_ARGS=-c a=b")
    assert given.split() == [
        *("python", "-m", "operations.client", "install", "--url", f'"{URL}"', "--profile", '"dev"'),
        *("--write", "--fleet", "-c", "a=b"),
    ]
    assert command("client").split() == ["python", "-m", "operations.client", "install"]
    assert command("client-remove").split() == ["python", "-m", "operations.client", "remove"]
