"""The runner for feedparser's conformance documents, on two of our own."""

from __future__ import annotations

from pathlib import Path

from benchmarks.conformance import Report, compare, main

FOLDER = Path(__file__).parent / "conformance"


def of(name: str) -> Report:
    report = Report()
    compare((FOLDER / name).read_bytes(), name, report)
    return report


def test_claims_that_hold_are_counted() -> None:
    assert of("rss_title.xml") == Report(documents=1, held=4, skipped=1)


def test_a_claim_that_does_not_hold_is_named() -> None:
    wrong = "atom_wrong.xml: entries[0]['title'] == 'Hai', newsbot: 'Một'"
    assert of("atom_wrong.xml") == Report(documents=1, held=1, skipped=1, wrong=[wrong])


def test_a_document_without_an_expectation_claims_nothing() -> None:
    report = Report()
    compare(b"<rss version='2.0'/>", "x.xml", report)
    assert report == Report(documents=1)


def test_a_folder_is_good_where_all_claims_hold(tmp_path: Path, capsys) -> None:
    assert main(str(FOLDER)) is False
    assert "2 documents: 5 claims hold, 1 do not, 2 not compared" in capsys.readouterr().out
    (tmp_path / "a.xml").write_bytes((FOLDER / "rss_title.xml").read_bytes())
    assert main(str(tmp_path)) is True
