import subprocess
import sys
from pathlib import Path

from tests.contract.modules import budget, cold_start_modules, loaded_with


def test_a_cold_start_loads_no_module_beyond_its_budget() -> None:
    accepted = budget()
    new = cold_start_modules() - accepted - loaded_with(accepted)
    assert not new, (
        f"A cold start now also loads {', '.join(sorted(new))}. If it has to, accept the change with "
        "`make contract`. `python -m benchmarks.profile_cold` reports its cost."
    )


def test_every_package_module_of_the_budget_is_loaded() -> None:
    unused = budget() - cold_start_modules() - sys.stdlib_module_names
    assert not unused, f"No cold start loads {', '.join(sorted(unused))}. Remove them with `make contract`."


def test_site_customizations_of_the_machine_are_not_part_of_a_cold_start(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)], check=True)
    python = tmp_path / "bin" / "python"
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(subprocess.check_output([python, "-c", purelib], text=True).strip())
    # Python runs both files at start-up: Debian and Ubuntu install the first, some packages the second kind.
    (site_packages / "sitecustomize.py").write_text("import wave")
    (site_packages / "machine.pth").write_text("import imported_by_pth\n")
    (site_packages / "imported_by_pth.py").write_text("")
    customized = "import sys; print({'sitecustomize', 'imported_by_pth'} <= sys.modules.keys())"
    assert subprocess.check_output([python, "-c", customized], text=True) == "True\n"

    assert cold_start_modules(str(python)) == cold_start_modules()
