"""The software bill of materials."""

from __future__ import annotations

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.conftest import golden
from tsdbtasks.core.build import sbom
from tsdbtasks.core.build.buildinfo import BuildInfo, Dependency

_MODULE = Dependency("example.com/demo", "v1.2.3", "")
_A = Dependency("example.com/a/v2", "v2.0.0", "h1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=")
_B = Dependency("example.com/b", "v0.1.0+incompatible", "")


def _document(order: int = 0, sha256: str = "1" * 64) -> str:
    modules = [_A, _B] if order < 2 else [_B, _A]
    info = BuildInfo("go1.26.8 X:nocoverageredesign", "example.com/demo", _MODULE, tuple(modules), {})
    other = BuildInfo("go1.26.8", "example.com/demo/cmd/tool", _MODULE, (_A,), {})
    return sbom.document(
        artefact="demo_1.2.3_linux_amd64.tar.gz",
        name="demo",
        version="v1.2.3",
        time=1_714_979_289,
        sha256={"demo": sha256, "tool": "2" * 64},
        infos={"demo": info, "tool": other} if order % 2 else {"tool": other, "demo": info},
    )


def test_the_document_is_the_same_whatever_the_order_of_what_it_lists() -> None:
    assert {_document(order) for order in range(4)} == {_document()}


def test_another_program_gives_another_serial_number() -> None:
    numbers = {json.loads(_document(sha256=digit * 64))["serialNumber"] for digit in "13"}

    assert len(numbers) == 2


def test_the_document_is_valid_by_the_schema_of_cyclonedx() -> None:
    pytest.importorskip("jsonschema", reason="cyclonedx-python-lib validates with its extra json-validation only")
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    broken = json.loads(_document()) | {"components": [{"type": "no such type", "name": "x"}]}

    assert validator.validate_str(_document()) is None
    assert validator.validate_str(json.dumps(broken)) is not None


def test_every_reference_is_to_something_that_the_document_lists() -> None:
    document = json.loads(_document())

    listed = {one["bom-ref"] for one in [*document["components"], document["metadata"]["component"]]}
    named = {one["ref"] for one in document["dependencies"]} | {
        name for one in document["dependencies"] for name in one.get("dependsOn", [])
    }
    assert named == listed
    assert document["metadata"]["timestamp"] == "2024-05-06T07:08:09+00:00"


def test_the_document_reads_as_it_did() -> None:
    golden("sbom.cdx.json", _document())
