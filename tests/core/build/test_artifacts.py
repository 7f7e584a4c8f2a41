"""Names of archives and what belongs into them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.build import artifacts
from tsdbtasks.errors import UsageError


def test_an_archive_is_named_for_its_program_version_and_platform() -> None:
    assert artifacts.base_name("demo", "1.2.3-rc.1+meta", "linux_arm_7") == "demo_1.2.3-rc.1-meta_linux_arm_7"


@given(st.text())
def test_a_safe_name_needs_no_quotes_and_names_a_file(name: str) -> None:
    safe = artifacts.safe(name)

    assert re.fullmatch(r"[A-Za-z0-9._-]+", safe)
    assert not safe.startswith(("-", "."))


def test_windows_gets_what_it_can_open() -> None:
    assert artifacts.ending("windows_amd64") == ".zip"
    assert artifacts.ending("linux_amd64") == ".tar.gz"


def test_licences_and_one_readme_are_found_in_any_spelling() -> None:
    licences, readmes = artifacts.usual(
        ["README.de.md", "readme.md", "LICENSE", "Licence-MIT.txt", "NOTICE", "COPYING", "main.go"]
    )

    assert licences == ["COPYING", "LICENSE", "Licence-MIT.txt", "NOTICE"]
    assert readmes == ["readme.md"]


@pytest.mark.parametrize("text", ["../x", "/etc/passwd", "a/../../x", ""])
def test_a_pattern_that_leaves_the_module_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"tsdbtasks\.package\.files: want a path or glob below the module") as caught:
        artifacts.pattern(text)

    assert repr(text) in caught.value.message


def test_a_pattern_is_taken_as_it_is_but_for_its_slashes() -> None:
    assert artifacts.pattern("docs/") == "docs"
    assert artifacts.pattern("./docs/**/*.md") == "docs/**/*.md"
