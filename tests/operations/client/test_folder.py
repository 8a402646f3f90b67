"""The folder of the model: only what was installed is replaced or removed."""

from pathlib import Path

import pytest

from operations.client.folder import RECEIPT, FolderError, ModelFolder

FILES = {Path("1", "service-2.json"): "{}\n", Path("1", "waiters-2.json"): "{}"}
NEWER = {Path("2", "service-2.json"): "{ }"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models" / "service"


def content(path: Path) -> dict[Path, str]:
    files = (each for each in path.rglob("*") if each.is_file())
    return {each.relative_to(path): each.read_text() for each in files if each.name != RECEIPT}


def test_files_are_installed_and_removed_with_their_folders(path: Path) -> None:
    ModelFolder(path).install(FILES)
    assert content(path) == FILES
    assert ModelFolder(path).remove()
    assert not path.parent.exists()
    assert not ModelFolder(path).remove()


def test_a_newer_version_takes_the_place_of_an_older_one(path: Path) -> None:
    for files in (FILES, FILES, NEWER):
        ModelFolder(path).install(files)
        assert content(path) == files
    assert not (path / "1").exists()


def test_other_models_stay(path: Path) -> None:
    other = path.parent / "other" / "1" / "service-2.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}")
    ModelFolder(path).install(FILES)
    ModelFolder(path).remove()
    assert [each for each in path.parent.rglob("*") if each.is_file()] == [other]


def test_a_folder_of_someone_else_is_left_alone(path: Path) -> None:
    theirs = path / "1" / "service-2.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    with pytest.raises(FolderError, match=f"{theirs} was not installed by `make client`"):
        ModelFolder(path).install(FILES)
    assert not ModelFolder(path).remove()
    assert content(path) == {Path("1", "service-2.json"): "theirs"}


def test_a_link_to_a_folder_is_left_alone(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    path.parent.mkdir()
    path.symlink_to(target)
    with pytest.raises(FolderError, match="was not installed"):
        ModelFolder(path).install(FILES)
    assert list(target.iterdir()) == []


def test_a_changed_file_is_left_alone(path: Path) -> None:
    folder = ModelFolder(path)
    folder.install(FILES)
    changed = path / "1" / "waiters-2.json"
    changed.write_text("changed")
    for action in (folder.remove, lambda: folder.install(NEWER)):
        with pytest.raises(FolderError, match=f"{changed} was changed since"):
            action()
    assert content(path) == {**FILES, Path("1", "waiters-2.json"): "changed"}


def test_a_further_file_is_left_alone(path: Path) -> None:
    folder = ModelFolder(path)
    folder.install(FILES)
    theirs = path / "1" / "service-2.sdk-extras.json"
    theirs.write_text("theirs")
    with pytest.raises(FolderError, match=f"{theirs} was not installed"):
        folder.install(NEWER)
    assert folder.remove()
    assert content(path) == {Path("1", "service-2.sdk-extras.json"): "theirs"}


def test_an_interrupted_installation_can_be_repeated_and_removed(path: Path) -> None:
    folder = ModelFolder(path)
    folder.install(FILES)
    (path / "1" / "waiters-2.json").unlink()
    folder.install(FILES)
    assert content(path) == FILES
    (path / "1" / "service-2.json").unlink()
    assert folder.remove()
    assert not path.exists()


@pytest.mark.parametrize("name", ["../outside.json", "/outside.json"])
def test_a_receipt_never_leads_outside(name: str, path: Path, tmp_path: Path) -> None:
    outside = tmp_path / "models" / "outside.json"
    path.mkdir(parents=True)
    outside.write_text("{}")
    (path / RECEIPT).write_text(f'{{"{name}": "0"}}')
    with pytest.raises(FolderError, match="is damaged"):
        ModelFolder(path).remove()
    assert outside.exists()


@pytest.mark.parametrize("content", [b"", b"[1]", b"1", b"\xff"])
def test_a_damaged_receipt_is_reported(content: bytes, path: Path) -> None:
    path.mkdir(parents=True)
    (path / RECEIPT).write_bytes(content)
    with pytest.raises(FolderError, match=f"{RECEIPT} is damaged. Remove {path} by hand."):
        ModelFolder(path).remove()
