"""Versions: the grammar, and which one a build gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.build.versions import Asked, checked, decide, described, is_version, precedence
from tsdbtasks.errors import UsageError

_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_TIME = 1_714_979_289  # 2024-05-06T07:08:09Z


# From the suite of the expression on semver.org.
_VALID = [
    "0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.1.2+meta", "1.0.0-alpha", "1.0.0-alpha.0valid",
    "1.0.0-rc.1+build.123", "1.2.3----RC-SNAPSHOT.12.9.1--.12", "1.0.0+0.build.1-rc.10000aaa-kk-0.1", "1.0.0-0A.is.legal",
    "99999999999999999999999.999999999999999999.99999999999999999",
]  # fmt: skip
_INVALID = [
    "1", "1.2", "1.2.3-0123", "1.2.3-0123.0123", "1.1.2+.123", "+invalid", "-invalid", "alpha", "1.0.0-alpha_beta",
    "1.0.0-alpha..1", "01.1.1", "1.01.1", "1.1.01", "1.2.3.DEV", "1.2.3-", "1.2.3+", "1.2.3+a+b", "1.2.3 ", "1.2.3\n", "",
    "1.2.٣", "../1.2.3", "1.2.3/4", "-1.2.3",
]  # fmt: skip


@pytest.mark.parametrize("text", _VALID)
def test_the_versions_of_the_specification_are_versions_with_a_v(text: str) -> None:
    assert is_version(f"v{text}")
    assert not is_version(text)
    assert checked(text, "--version") == f"v{text}"
    assert checked(f"v{text}", "--version") == f"v{text}"


@pytest.mark.parametrize("text", _INVALID)
def test_what_the_specification_excludes_is_refused_with_the_value_and_the_place(text: str) -> None:
    assert not is_version(f"v{text}")
    with pytest.raises(UsageError) as caught:
        checked(text, "VERSION")
    assert caught.value.message == f"VERSION: want a version such as v1.2.3 or v1.2.3-rc.1, got {text!r}"


@pytest.mark.parametrize(
    ("asked", "tags", "dirty", "text", "tag"),
    [
        ("", ["v1.2.3"], False, "v1.2.3", "v1.2.3"),
        ("", ["nightly", "v1.2.3", "1.2.4"], False, "v1.2.3", "v1.2.3"),
        ("", ["v1.2.3"], True, "v0.0.0-20240506070809-0123456789ab+dirty", ""),
        ("", ["v1.2.3", "v1.2.4"], True, "v0.0.0-20240506070809-0123456789ab+dirty", ""),
        ("", ["nightly"], False, "v0.0.0-20240506070809-0123456789ab", ""),
        ("", [], False, "v0.0.0-20240506070809-0123456789ab", ""),
        ("v2.0.0", ["v1.2.3"], False, "v2.0.0", "v2.0.0"),
        ("2.0.0", [], False, "v2.0.0", "v2.0.0"),
        ("v1.2.3", ["v1.2.3", "v1.2.4"], False, "v1.2.3", "v1.2.3"),
        ("v2.0.0", [], True, "v2.0.0+dirty", ""),
        ("v2.0.0+meta", [], True, "v2.0.0+meta.dirty", ""),
    ],
)
def test_what_was_asked_for_counts_first_then_the_tag_of_a_clean_tree_then_a_description(
    asked: str,
    tags: list[str],
    dirty: bool,  # noqa: FBT001 - a table's column
    text: str,
    tag: str,
) -> None:
    wish = Asked(asked, "--version") if asked else None

    version = decide(asked=wish, tags=tags, other_tags=["v9.9.9"], commit=_COMMIT, time=_TIME, dirty=dirty)

    assert (version.text, version.tag) == (text, tag)
    assert is_version(version.text)


def test_two_versions_on_one_commit_are_a_question_and_the_highest_is_proposed() -> None:
    with pytest.raises(UsageError, match=r"the commit 0123456789ab has several version tags: v1\.10\.0, v1\.9\.0") as caught:
        decide(asked=None, tags=["v1.9.0", "v1.10.0"], other_tags=[], commit=_COMMIT, time=_TIME, dirty=False)

    assert caught.value.hint == "say which one: --version v1.10.0"


def test_a_release_is_proposed_before_the_candidate_that_became_it() -> None:
    with pytest.raises(UsageError) as caught:
        decide(asked=None, tags=["v1.0.0-rc.2", "v1.0.0"], other_tags=[], commit=_COMMIT, time=_TIME, dirty=False)

    assert caught.value.hint == "say which one: --version v1.0.0"


def test_a_version_whose_tag_stands_elsewhere_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--version: the tag v1\.2\.3 exists and stands at another commit") as caught:
        decide(asked=Asked("1.2.3", "--version"), tags=[], other_tags=["v1.2.3"], commit=_COMMIT, time=_TIME, dirty=False)

    assert "git checkout v1.2.3" in caught.value.hint


def test_before_the_first_commit_the_version_says_so() -> None:
    version = decide(asked=None, tags=[], other_tags=[], commit="", time=0, dirty=False)

    assert (version.text, version.plain, version.tag) == ("v0.0.0-uncommitted", "0.0.0-uncommitted", "")


@given(st.integers(0, 2**33), st.text("0123456789abcdef", min_size=40, max_size=40), st.booleans())
def test_every_description_is_a_version(time: int, commit: str, dirty: bool) -> None:  # noqa: FBT001 - drawn
    assert is_version(described(commit, time, dirty=dirty))


@given(st.lists(st.sampled_from(["v1.2.3", "v3.0.0", "x"])), st.lists(st.sampled_from(["v7.0.0", "y"])))
def test_tags_elsewhere_change_no_version(tags: list[str], elsewhere: list[str]) -> None:
    def decided(other: list[str]) -> str:
        try:
            return decide(asked=None, tags=tags, other_tags=other, commit=_COMMIT, time=_TIME, dirty=False).text
        except UsageError as error:
            return str(error)

    assert decided(elsewhere) == decided([])


# The order of the example in item 11 of the specification, and some more.
_ORDERED = [
    "v0.9.0", "v1.0.0-1", "v1.0.0-2", "v1.0.0-10", "v1.0.0-alpha", "v1.0.0-alpha.1", "v1.0.0-alpha.beta", "v1.0.0-beta",
    "v1.0.0-beta.2", "v1.0.0-beta.11", "v1.0.0-rc.1", "v1.0.0", "v1.9.0", "v1.10.0",
]  # fmt: skip


@given(st.permutations(_ORDERED))
def test_versions_sort_as_the_specification_orders_them(mixed: list[str]) -> None:
    assert sorted(mixed, key=precedence) == _ORDERED


def test_what_follows_a_plus_sign_is_no_part_of_the_order() -> None:
    assert precedence("v1.0.0+a") == precedence("v1.0.0+b")
