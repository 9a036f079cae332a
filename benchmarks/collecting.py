"""CPU seconds per 1,000 feeds of newsbot beside reader and bare aiohttp, in one interleaved run.

`python -m benchmarks collecting`; `FEEDS=2000` for another number of feeds, `ITEMS` of their items,
`ROUNDS` for another number of rounds, `ONLY=304,same` for some columns; `READER=/path/to/python`
for an interpreter that has reader, where this one has not (`make bench` installs it). All programs
are resident: nothing of their start counts. Rows compare; columns of two machines, or of two runs,
do not.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

FEEDS, ROUNDS = int(os.environ.get("FEEDS", "200")), int(os.environ.get("ROUNDS", "3"))
NAMES = {"304": "304", "same": "unchanged", "one": "1 new", "all": "all new"}
SCENARIOS = {name: NAMES[name] for name in os.environ.get("ONLY", ",".join(NAMES)).split(",")}
TARGETS = {"304": 1 / 4, "same": 1 / 20, "one": 1 / 12, "all": 0.75}
WARM = 2  # rounds: the first is cold, and reader keeps validators from the second on
ROOT = Path(__file__).parents[1]


@dataclass
class Program:
    """One contender: its process, and the CPU seconds of each cycle by scenario."""

    name: str
    process: subprocess.Popen[str]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)

    def cycle(self, scenario: str, round_: int, *, counts: bool) -> str:
        assert self.process.stdin
        assert self.process.stdout
        print(scenario, round_, file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        if counts:
            self.seconds.setdefault(scenario, []).append(answer["cpu"] / FEEDS * 1000)
        self.memory = answer["memory"]
        return str(answer["found"])

    def median(self, scenario: str) -> float:
        return statistics.median(self.seconds[scenario])


def started(name: str, base: str, folder: str, python: str) -> Program:
    process = subprocess.Popen(
        [python, str(ROOT / "benchmarks" / "_contenders.py"), name, base, str(FEEDS), folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if os.environ.get("VERBOSE") else subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT) if python == sys.executable else ""},
    )
    return Program(name, process)


def python_with_reader() -> str | None:
    if named := os.environ.get("READER"):
        return named
    return sys.executable if importlib.util.find_spec("reader") else None


def programs(base: str, folder: str) -> list[Program]:
    found = [started(name, base, folder, sys.executable) for name in ("floor", "newsbot")]
    if python := python_with_reader():
        return [*found, started("reader", base, folder, python)]
    print("reader is not here (`make bench` installs it): newsbot and the floor alone")
    return found


def set_round(base: str, number: int) -> None:
    urllib.request.urlopen(f"{base}/_round/{number}").close()


def run(base: str, contenders: list[Program]) -> None:
    for number in range(ROUNDS + WARM):
        set_round(base, number)
        for scenario, name in SCENARIOS.items():
            for program in contenders:
                found = program.cycle(scenario, number, counts=number >= WARM)
                if number == ROUNDS + WARM - 1:
                    print(f"  {program.name:8} {name:10} {found}")


def table(contenders: list[Program]) -> bool:
    print(f"CPU seconds per 1,000 feeds, {FEEDS} feeds, median of {ROUNDS} rounds")
    print(f"{'':12}" + "".join(f"{name:>12}" for name in SCENARIOS.values()))
    for program in contenders:
        values = "".join(f"{program.median(name):12.2f}" for name in SCENARIOS)
        print(f"{program.name:12}{values}   MiB {program.memory}")
    by_name = {program.name: program for program in contenders}
    if "reader" not in by_name:
        return True
    ratios = {
        name: by_name["newsbot"].median(name) / by_name["reader"].median(name) for name in SCENARIOS
    }
    print(f"{'÷ reader':12}" + "".join(f"{ratio:12.3f}" for ratio in ratios.values()))
    print(f"{'at most':12}" + "".join(f"{TARGETS[name]:12.3f}" for name in SCENARIOS))
    return all(ratios[name] <= TARGETS[name] for name in SCENARIOS)


def main() -> bool:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._feeds"], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        stack.callback(server.kill)
        assert server.stdout
        base = server.stdout.readline().strip()
        contenders = programs(base, folder)
        for program in contenders:
            stack.callback(program.process.kill)
        run(base, contenders)
        return table(contenders)
