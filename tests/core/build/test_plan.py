"""Plans: which programs, which stamps, and the exact commands."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tsdbtasks.core.build import plan
from tsdbtasks.core.build.gosource import Kind
from tsdbtasks.core.build.plan import Choices, Program, Stamps
from tsdbtasks.core.build.platforms import Platform
from tsdbtasks.core.build.versions import Version
from tsdbtasks.errors import SettingsError, UsageError

_STAMPS = Stamps("v1.2.3", "c" * 40, "2024-05-06T07:08:09Z", "demo")
_MODULE = "example.com/demo"


def _names(listed: list[tuple[str, str]], wanted: list[str], module: str = _MODULE) -> tuple[list[str], tuple[str, ...]]:
    found, left = plan.programs(listed, module, wanted)
    return [one.name for one in found], left


def test_the_root_and_what_lies_below_cmd_are_programs_and_the_rest_is_named() -> None:
    listed = [(_MODULE, "."), (f"{_MODULE}/cmd/tool", "./cmd/tool"), (f"{_MODULE}/scripts/gen", "./scripts/gen")]

    assert _names(listed, []) == (["demo", "tool"], ("./scripts/gen",))


def test_without_any_in_the_usual_places_all_main_packages_are_programs() -> None:
    assert _names([(f"{_MODULE}/tools/a", "./tools/a"), (f"{_MODULE}/b", "./b")], []) == (["b", "a"], ())


@pytest.mark.parametrize("wanted", ["./cmd/tool", "cmd/tool", "./cmd/tool/", f"{_MODULE}/cmd/tool"])
def test_a_main_package_can_be_written_in_any_usual_way(wanted: str) -> None:
    listed = [(f"{_MODULE}/cmd/tool", "./cmd/tool"), (f"{_MODULE}/cmd/other", "./cmd/other")]

    assert _names(listed, [wanted])[0] == ["tool"]


def test_a_wanted_package_that_is_no_program_is_an_error_with_the_nearest() -> None:
    with pytest.raises(SettingsError) as caught:
        plan.programs([(f"{_MODULE}/cmd/tool", "./cmd/tool")], _MODULE, ["./cmd/tol"])

    assert caught.value.problems == (
        "tsdbtasks.build.main: './cmd/tol' is no main package here, perhaps you meant './cmd/tool'",
    )


def test_no_program_at_all_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="has no main package") as caught:
        plan.programs([], _MODULE, [])

    assert "./cmd/NAME" in caught.value.hint


def test_two_programs_of_one_name_are_an_error_that_names_both() -> None:
    listed = [(f"{_MODULE}/cmd/x", "./cmd/x"), (f"{_MODULE}/cmd/old/x", "./cmd/old/x")]

    with pytest.raises(UsageError, match=r"would become the program x: \./cmd/old/x, \./cmd/x"):
        plan.programs(listed, _MODULE, [])


# As go help install and cmd/go's DefaultExecName have it.
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("example.com/demo", "demo"),
        ("example.com/demo/v2", "demo"),
        ("example.com/demo/v10", "demo"),
        ("example.com/demo/v1", "v1"),
        ("v2", "v2"),
        ("gopkg.in/demo.v3", "demo"),
        ("demo", "demo"),
    ],
)
def test_a_program_has_the_name_that_go_install_gives_it(module: str, name: str) -> None:
    assert _names([(module, ".")], [], module)[0] == [name]
    assert plan.project_name(module) == name


def test_stamps_carry_version_commit_and_commit_time() -> None:
    stamps = Stamps.of(Version("v1.2.3", "tag", tagged=True), "c" * 40, 1_714_979_289, "demo")

    assert stamps == _STAMPS
    assert stamps.filled("-X=a/b.v={version}-{commit}-{date}-{name}") == f"-X=a/b.v=v1.2.3-{'c' * 40}-2024-05-06T07:08:09Z-demo"


def test_a_template_with_an_unknown_word_is_refused() -> None:
    with pytest.raises(ValueError, match=r"want \{version\}, .*, got '\{verison\}' in '-X=main.v=\{verison\}'"):
        _STAMPS.filled("-X=main.v={verison}")


def test_only_usual_variables_that_exist_and_can_be_set_are_stamped() -> None:
    known = {"version": Kind.SETTABLE, "Commit": Kind.SETTABLE, "BuildTime": Kind.CONSTANT, "other": Kind.SETTABLE}

    assert plan.stamped(known, _STAMPS) == ("-X=main.version=v1.2.3", f"-X=main.Commit={'c' * 40}")
    assert plan.stamped(known, _STAMPS, taken={"version"}) == (f"-X=main.Commit={'c' * 40}",)


def test_what_is_not_known_is_not_stamped() -> None:
    assert plan.stamped({"commit": Kind.SETTABLE, "date": Kind.SETTABLE}, Stamps("v1.0.0", "", "", "demo")) == ()


@pytest.mark.parametrize(
    "flags",
    [
        ["-X=main.v=a b"],
        ["-X main.v=a b"],
        ["-X", "main.v=a b"],
        ["--X=main.v=a=b"],
        ["-s", "-X", "main.v=x", "-w"],
    ],
)
def test_a_variable_is_found_however_its_flag_is_written(flags: list[str]) -> None:
    assert plan.variables_set(flags) == [("main", "v")]


def test_a_package_path_with_dots_is_told_from_its_variable() -> None:
    assert plan.variables_set(["-X=example.com/a.b/c.d.Version=1.0"]) == [("example.com/a.b/c.d", "Version")]


def test_every_x_that_go_would_ignore_is_one_sentence() -> None:
    known = {_MODULE: {"version": Kind.SETTABLE, "name": Kind.CONSTANT, "start": Kind.COMPUTED, "count": Kind.OTHER}}
    flags = ["-X=main.version=1", "-X=main.verison=1", "-X=main.name=1", "-X=main.start=1", "-X=main.count=1", "-X=a/b.c=1"]
    flags.append(f"-X={_MODULE}.version=1")

    wrong = plan.wrong_variables(flags, known, {"main": _MODULE})

    where = "tsdbtasks.build.ldflags: -X"
    computed = "start is a variable whose value is computed when the program starts"
    assert wrong == [
        f"{where} main.verison: no such variable, perhaps you meant 'version'",
        f"{where} main.name: want a string variable without a computed value, name is a constant",
        f"{where} main.start: want a string variable without a computed value, {computed}",
        f"{where} main.count: want a string variable without a computed value, count is a variable of another type than string",
        f"{where} a/b.c: the package 'a/b' is no part of the program",
        f"{where} {_MODULE}.version: the linker knows the main package as main, so want -X main.version",
    ]


def _as_go_splits(value: str) -> list[str]:
    """Split *value* as cmd/internal/quoted.Split does, after what cmd/go makes of the value of -ldflags."""
    # A value that does not begin with a hyphen is read as PATTERN=FLAGS, and one with a quote is refused.
    assert not value or value.startswith("-")
    fields, rest = [], value.lstrip(" \t\n\r")
    while rest:
        if rest[0] in "'\"":
            end = rest.index(rest[0], 1)
            fields.append(rest[1:end])
            rest = rest[end + 1 :].lstrip(" \t\n\r")
        else:
            size = next((i for i, character in enumerate(rest) if character in " \t\n\r"), len(rest))
            fields.append(rest[:size])
            rest = rest[size:].lstrip(" \t\n\r")
    return fields


def _one_word_each(fields: list[str]) -> list[str]:
    """Return *fields* with ``-X a=b`` in its other spelling, which is the same to the linker."""
    joined: list[str] = []
    for field in fields:
        if joined and joined[-1] == "-X":
            joined[-1] = f"-X={field}"
        else:
            joined.append(field)
    return joined


@given(st.lists(st.text(" ab=.'\"\t{", max_size=8), max_size=4))
@example(["it's", "b c", 'say "x"'])
def test_go_splits_joined_flags_at_the_same_places(values: list[str]) -> None:
    assume(not any("'" in value and '"' in value for value in values))
    flags = [f"-X=main.v={value}" for value in values]

    assert _one_word_each(_as_go_splits(plan.joined(flags))) == flags


def test_a_flag_may_be_written_with_a_blank_instead_of_an_equals_sign() -> None:
    assert _as_go_splits(plan.joined(["-s", "-X main.v=a b"])) == ["-s", "-X", "main.v=a b"]
    assert _as_go_splits(plan.joined(["-extldflags=-static -lm"])) == ["-extldflags", "-static -lm"]


def test_a_flag_with_both_kinds_of_quotes_and_a_blank_is_refused() -> None:
    with pytest.raises(SettingsError, match="both kinds of quotes"):
        plan.joined(["-X=main.v=a 'b' \"c\""])


@pytest.mark.parametrize("flags", ["-s -w", "-s -w -X main.version={version}"])
def test_several_flags_in_one_member_are_refused_with_the_way_to_write_them(flags: str) -> None:
    with pytest.raises(SettingsError, match="want one flag in each member") as caught:
        plan.joined([flags])

    assert repr(flags) in str(caught.value)


def test_a_recipe_names_everything_that_decides_the_bytes_in_a_fixed_order() -> None:
    program = Program("demo", _MODULE, "./cmd/demo")
    choices = Choices(tags=["a", "b"], ldflags=["-s", "-w"], flags=["-gcflags=all=-l"], env={"X": "1"}, cgo=True, cc="cc")

    one = plan.recipe(program, Platform.parse("windows/arm64"), choices)

    assert one.command("/go", "out") == [
        "/go", "build", "-trimpath", "-buildvcs=true", "-tags=a,b", "-ldflags=-s -w", "-gcflags=all=-l",
        "-o", "out", "./cmd/demo",
    ]  # fmt: skip
    assert one.env == {
        "CGO_ENABLED": "1", "GOTOOLCHAIN": "local", "CC": "cc", "GOOS": "windows", "GOARCH": "arm64", "X": "1",
    }  # fmt: skip
    assert one.id == "demo_windows_arm64"
    assert (one.file(flat=False), one.file(flat=True)) == ("demo_windows_arm64/demo.exe", "demo.exe")


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none())))
def test_a_fingerprint_does_not_depend_on_the_order(inputs: dict[str, object]) -> None:
    assert plan.fingerprint(inputs) == plan.fingerprint(dict(reversed(inputs.items())))


def test_a_fingerprint_tells_text_from_numbers() -> None:
    assert plan.fingerprint({"a": 1}) != plan.fingerprint({"a": "1"})
