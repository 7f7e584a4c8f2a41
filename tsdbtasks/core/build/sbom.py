"""A software bill of materials in CycloneDX's form, made from what the linker wrote into the binaries."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cyclonedx.model.component import Component

    from tsdbtasks.core.build.buildinfo import BuildInfo, Dependency


def document(
    *, artefact: str, name: str, version: str, time: int, sha256: Mapping[str, str], infos: Mapping[str, BuildInfo]
) -> str:
    """Return the SBOM of *artefact*: its programs with their hashes, the modules linked in, and the Go they need.

    *sha256* and *infos* are by program. The serial number is a UUID (version 5) of the programs' hashes and the
    time is the commit's, so that equal binaries have equal documents.
    """
    from cyclonedx.model.bom import Bom  # noqa: PLC0415 - heavy, and only packaging needs it
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415 - as above
    from cyclonedx.output.json import JsonV1Dot6  # noqa: PLC0415 - as above

    seed = "\n".join([artefact, *(f"{program} {sha256[program]}" for program in sorted(sha256))])
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, seed), version=1)
    bom.metadata.timestamp = datetime.fromtimestamp(time, UTC)
    root = Component(name=name, version=version, type=ComponentType.APPLICATION, bom_ref=artefact)
    bom.metadata.component = root
    programs = {program: _program(program, version, sha256[program]) for program in sorted(infos)}
    linked = {program: [_standard_library(info), *map(_module, info.dependencies)] for program, info in infos.items()}
    by_ref: dict[str, Component] = {}
    for component in [*programs.values(), *(one for parts in linked.values() for one in parts)]:
        by_ref.setdefault(str(component.bom_ref), component)
    for component in by_ref.values():
        bom.components.add(component)
    bom.register_dependency(root, programs.values())
    for program, component in programs.items():
        bom.register_dependency(component, [by_ref[str(one.bom_ref)] for one in linked[program]])
    # The library writes its own version into the document's tools on request only, so its upgrade changes nothing here.
    return json.dumps(json.loads(JsonV1Dot6(bom).output_as_string()), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _program(program: str, version: str, sha256: str) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType  # noqa: PLC0415 - as in document
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415 - as in document

    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=sha256)]
    return Component(name=program, version=version, type=ComponentType.APPLICATION, bom_ref=f"program:{program}", hashes=hashes)


def _standard_library(info: BuildInfo) -> Component:
    return _library("stdlib", info.go.split(" ")[0].removeprefix("go"), "")


def _module(dependency: Dependency) -> Component:
    return _library(dependency.path, dependency.version, dependency.checksum)


def _library(path: str, version: str, checksum: str) -> Component:
    from cyclonedx.model import Property  # noqa: PLC0415 - as in document
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415 - as in document
    from packageurl import PackageURL  # noqa: PLC0415 - as in document

    namespace, _, name = path.rpartition("/")
    purl = PackageURL("golang", namespace or None, name, version or None)
    component = Component(
        name=path, version=version, type=ComponentType.LIBRARY, bom_ref=f"module:{path}@{quote(version)}", purl=purl
    )
    if checksum.startswith("h1:"):
        # go.sum's h1 is SHA-256 over the list of the module's files, so it is said what it is and not passed off as a file's.
        component.properties.add(Property(name="go:sum", value=checksum))
    return component
