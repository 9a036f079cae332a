"""`make deb`: a Debian package with newsbot and its libraries in /opt/newsbot, and its unit.

It is for the machine's own Python, such as Debian's /usr/bin/python3: compiled libraries fit one
version of it, which the package asks for. Only dpkg-deb is needed beside pip.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.operate.setup.upgrade import start_of

ROOT = Path(__file__).resolve().parents[1]
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
NEXT = f"{sys.version_info.major}.{sys.version_info.minor + 1}"
PREFIX = "opt/newsbot"
START = start_of(Path("/") / PREFIX)
CONTROL = """Package: newsbot
Version: {version}
Architecture: {architecture}
Maintainer: The newsbot project <newsbot@localhost>
Installed-Size: {kilobytes}
Depends: {python} | python3 (>= {least}), python3 (<< {next}), adduser, ca-certificates, tzdata
Recommends: systemd
Section: net
Priority: optional
Description: Turns tech-news feeds into posts on Telegram channels and X
 Feeds are polled politely, each story is posted once, and nothing is lost when
 the machine goes down. Put a configuration into /etc/newsbot (newsbot init
 writes one), then: systemctl enable --now newsbot
"""
POSTINST = """#!/bin/sh
set -e
if [ "$1" = configure ]; then
    if ! getent passwd newsbot >/dev/null; then
        adduser --system --group --no-create-home --home /var/lib/newsbot newsbot
    fi
    install -d -m 755 /etc/newsbot
    # As the unit's StateDirectory= would: `newsbot once` works before the first start, too.
    install -d -o newsbot -g newsbot -m 700 /var/lib/newsbot
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        systemctl try-restart newsbot.service
    fi
fi
"""
# The database is copied while newsbot runs, before its program changes.
PREINST = """#!/bin/sh
set -e
if [ "$1" = upgrade ] && [ -e /var/lib/newsbot/newsbot.db ] && [ -x /opt/newsbot/bin/newsbot ]; then
    /opt/newsbot/bin/newsbot state backup -c /etc/newsbot/newsbot.toml ||
        echo "newsbot: no copy of the database was made; see newsbot state check" >&2
fi
"""
PRERM = """#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl disable --now newsbot.service
fi
"""
POSTRM = """#!/bin/sh
set -e
if [ "$1" = purge ]; then
    rm -rf /var/lib/newsbot /etc/newsbot
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
"""


def main(into: Path) -> None:
    """Build the package in the folder `into`, and say where it is."""
    if shutil.which("dpkg-deb") is None:
        sys.exit("a Debian package needs dpkg-deb: install the package dpkg, or use `make dist`")
    into.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        fill(tree)
        package = into / f"newsbot_{version()}_{architecture()}.deb"
        run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(package))
    sys.stderr.write(f"install it with: sudo apt install ./{package}\n")


def fill(tree: Path) -> None:
    """Write all that the package holds below `tree`."""
    add_program(tree / PREFIX)
    add(tree / "usr/lib/systemd/system/newsbot.service", ROOT / "config/newsbot.service")
    add(tree / "usr/share/doc/newsbot/copyright", ROOT / "LICENSE")
    add(tree / "usr/share/doc/newsbot/CHANGELOG.md", ROOT / "CHANGELOG.md")
    share = {"zsh/site-functions": "zsh/vendor-completions"}  # where Debian looks
    for path in sorted((ROOT / "share").rglob("*")):
        name = path.relative_to(ROOT / "share")
        if path.is_file():
            add(tree / "usr/share" / share.get(str(name.parent), name.parent) / name.name, path)
    link = tree / "usr/bin/newsbot"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(f"/{PREFIX}/bin/newsbot")
    add_control(tree)


def add_program(prefix: Path) -> None:
    """Make an environment of the machine's Python by hand: venv would write this folder's path."""
    binaries, packages = prefix / "bin", prefix / "lib" / PYTHON / "site-packages"
    binaries.mkdir(parents=True)
    packages.mkdir(parents=True)
    (binaries / "python").symlink_to(f"/usr/bin/{PYTHON}")
    text = f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {least()}\n"
    (prefix / "pyvenv.cfg").write_text(text, encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
    target = ("--no-compile", "--target", str(packages))
    run(*pip, *target, "--no-deps", "--require-hashes", "-r", str(ROOT / "requirements.txt"))
    run(*pip, *target, "--no-build-isolation", "--no-deps", "--upgrade", str(ROOT))
    shutil.rmtree(packages / "bin", ignore_errors=True)
    shutil.rmtree(packages / "share", ignore_errors=True)
    start = binaries / "newsbot"
    start.write_text(START, encoding="utf-8")
    start.chmod(0o755)


def add_control(tree: Path) -> None:
    """Write what dpkg asks for, and the scripts that it runs."""
    size = sum(path.lstat().st_size for path in tree.rglob("*")) // 1024
    control = CONTROL.format(
        version=version(),
        architecture=architecture(),
        kilobytes=size,
        python=PYTHON,
        least=least(),
        next=NEXT,
    )
    scripts = {"preinst": PREINST, "postinst": POSTINST, "prerm": PRERM, "postrm": POSTRM}
    folder = tree / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text(control, encoding="utf-8")
    for name, text in scripts.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)


def add(target: Path, source: Path) -> None:
    """Copy a file, readable for all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)


def least() -> str:
    """Return the Python that the libraries were chosen for, such as 3.11."""
    return PYTHON.removeprefix("python")


def version() -> str:
    """Return newsbot's version."""
    text = (ROOT / "bot/__init__.py").read_text(encoding="utf-8")
    return re.findall(r'^__version__ = "([^"]+)"', text, re.MULTILINE)[0]


def architecture() -> str:
    """Return Debian's name of this machine's kind."""
    return run("dpkg", "--print-architecture").strip()


def run(*command: str) -> str:
    """Return what a command printed. It ends this program where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} ended with code {done.returncode}; nothing was built")
    return done.stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]))
