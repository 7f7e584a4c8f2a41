"""Settings: one reader, six sources, all errors at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import context
from tsdbtasks import settings as reading
from tsdbtasks.core.build.platforms import Platform
from tsdbtasks.core.durations import Duration
from tsdbtasks.errors import SettingsError, UsageError
from tsdbtasks.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import MakeRepository, Repository


def _load(folder: Path, text: str = "", given: Mapping[str, Any] | None = None, **environ: str) -> Settings:
    (folder / "go.mod").write_text("module example.com/demo\n")
    if text:
        (folder / "tsdbtasks.toml").write_text(text)
    return load(folder, given or {}, environ)


def _problems(folder: Path, text: str = "", given: Mapping[str, Any] | None = None, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        _load(folder, text, given, **environ)
    return caught.value.problems


def test_without_any_settings_the_defaults_hold(tmp_path: Path) -> None:
    settings = _load(tmp_path)

    assert [one.id for one in settings.build.platforms] == [
        "linux_amd64", "linux_arm64", "windows_amd64", "darwin_amd64", "darwin_arm64",
    ]  # fmt: skip
    assert (settings.folder, settings.file) == (tmp_path, "")


def test_every_type_is_read_from_a_file(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        """
        name = "db"
        [go]
        path = "/opt/go"
        [build]
        platforms = ["linux/arm/7"]
        cgo = true
        jobs = 3
        env = { PAGER = "none" }
        platform.linux_arm_7 = { cc = "arm-gcc", cgo = false, tags = ["x"] }
        [test]
        timeout = "90s"
        coverage = 80
        """,
    )

    assert (settings.name, settings.go.path, settings.build.jobs, settings.build.cgo) == ("db", "/opt/go", 3, True)
    assert settings.build.platforms == (Platform.parse("linux/arm/7"),)
    assert settings.build.env == {"PAGER": "none"}
    assert settings.build.platform["linux_arm_7"] == reading.PlatformSettings(cc="arm-gcc", cgo=False, tags=("x",))
    assert (settings.test.timeout, settings.test.coverage) == (Duration.parse("90s"), 80.0)


def test_pyproject_serves_as_well_as_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tsdbtasks]\nname = "db"\n[tool.other]\nx = 1\n')

    settings = _load(tmp_path)

    assert (settings.name, settings.file) == ("db", str(tmp_path / "pyproject.toml"))


def test_settings_in_two_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tsdbtasks]\nname = "db"\n')

    assert _problems(tmp_path, 'name = "other"') == (
        f"settings stand in two files, want one: {tmp_path / 'tsdbtasks.toml'}, {tmp_path / 'pyproject.toml'}",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("build.platforms = ['windows']", "tsdbtasks.build.platforms[0]: want GOOS/GOARCH, got 'windows'"),
        ("build.platforms = [5]", "tsdbtasks.build.platforms[0]: want text, got 5"),
        ("build.platforms = 'linux/amd64'", "tsdbtasks.build.platforms: want a list, got 'linux/amd64'"),
        ("build.platforms = []", "tsdbtasks.build.platforms: want at least one platform, got none"),
        (
            "build.platforms = ['linux/amd64', 'linux/amd64']",
            "tsdbtasks.build.platforms: linux_amd64 stands twice",
        ),
        ("build.plattforms = []", "tsdbtasks.build.plattforms: no such setting, perhaps you meant 'platforms'"),
        ("folder = '/x'", "tsdbtasks.folder: no such setting, known: "),
        ("bild.jobs = 1", "tsdbtasks.bild: no such setting, perhaps you meant 'build'"),
        ("build.jobs = 'two'", "tsdbtasks.build.jobs: want a whole number, got 'two'"),
        ("build.jobs = 1.5", "tsdbtasks.build.jobs: want a whole number, got 1.5"),
        ("build.jobs = true", "tsdbtasks.build.jobs: want a whole number, got True"),
        ("build.jobs = -1", "tsdbtasks.build.jobs: want a number of at least 0, got -1"),
        ("test.coverage = nan", "tsdbtasks.test.coverage: want a number of at least 0, got nan"),
        ("build.cgo = 'yes'", "tsdbtasks.build.cgo: want true or false, got 'yes'"),
        ("build.cgo = 1", "tsdbtasks.build.cgo: want true or false, got 1"),
        ("name = 5", "tsdbtasks.name: want text, got 5"),
        ("build = 5", "tsdbtasks.build: want a table, got 5"),
        ("build.env = ['a=b']", "tsdbtasks.build.env: want a table, got ['a=b']"),
        ("build.env.A = 5", "tsdbtasks.build.env.A: want text, got 5"),
        ("build.platform.linux_amd64 = 5", "tsdbtasks.build.platform.linux_amd64: want a table, got 5"),
        (
            "build.platform.linux_amd46.cc = 'gcc'",
            "tsdbtasks.build.platform.linux_amd46: want the id of one of build.platforms, perhaps you meant 'linux_amd64'",
        ),
        (
            "build.platform.linux_amd64.ccc = 'gcc'",
            "tsdbtasks.build.platform.linux_amd64.ccc: no such setting, perhaps you meant 'cc'",
        ),
        ("test.timeout = '5 m'", "tsdbtasks.test.timeout: want a Go duration such as '90s', '5m' or '1h30m', got '5 m'"),
        ("test.coverage = '80%'", "tsdbtasks.test.coverage: want a number, got '80%'"),
        ("name = ", "tsdbtasks.toml: want TOML, Invalid value"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_one_line_with_its_path_the_wish_and_the_value(tmp_path: Path, text: str, problem: str) -> None:
    problems = _problems(tmp_path, text)

    assert len(problems) == 1
    assert problem in problems[0]


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    text = "nam = 'x'\nbuild.platforms = ['windows', 'linux/amd64', 7]\nbuild.env = { A = 1, B = 2 }\ntest.timeout = 'x'\n"

    problems = _problems(tmp_path, text, TSDBTASKS_BUILD__CGO="perhaps")

    assert [problem.partition(":")[0] for problem in problems] == [
        "tsdbtasks.nam",
        "tsdbtasks.build.platforms[0]",
        "tsdbtasks.build.platforms[2]",
        "tsdbtasks.build.env.A",
        "tsdbtasks.build.env.B",
        "tsdbtasks.build.cgo (from TSDBTASKS_BUILD__CGO)",
        "tsdbtasks.test.timeout",
    ]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("TSDBTASKS_NAM", "x", "tsdbtasks.nam (from TSDBTASKS_NAM): no such setting, perhaps you meant 'name'"),
        ("TSDBTASKS_BUILD__JOBS", "x", "tsdbtasks.build.jobs (from TSDBTASKS_BUILD__JOBS): want a number, got 'x'"),
        ("TSDBTASKS_BUILD", "x", "tsdbtasks.build (from TSDBTASKS_BUILD): want a table, got 'x'"),
        (
            "TSDBTASKS_BUILD__PLATFORMS",
            "x",
            "tsdbtasks.build.platforms[0] (from TSDBTASKS_BUILD__PLATFORMS): want GOOS/GOARCH, got 'x'",
        ),
        ("TSDBTASKS_NAME__X", "x", "tsdbtasks.name: want text, got {'x': 'x'}"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, name: str, value: str, problem: str) -> None:
    assert _problems(tmp_path, "", None, **{name: value}) == (problem,)


def test_a_variable_that_is_a_value_and_a_table_is_refused(tmp_path: Path) -> None:
    problems = _problems(tmp_path, TSDBTASKS_BUILD="x", TSDBTASKS_BUILD__JOBS="1")

    assert "TSDBTASKS_BUILD__JOBS: a setting of the same path has a value already" in problems


def test_lists_words_and_numbers_are_read_from_the_environment(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        TSDBTASKS_BUILD__PLATFORMS="linux/amd64, linux/arm/7,",
        TSDBTASKS_BUILD__CGO="On",
        TSDBTASKS_BUILD__JOBS="4",
        TSDBTASKS_TEST__COVERAGE="75.5",
        TSDBTASKS_BUILD__ENV__MixedCase="1",
        TSDBTASKS_BUILD__PLATFORM__LINUX_ARM_7__CC="arm-gcc",
        UNRELATED="x",
    )

    assert [one.id for one in settings.build.platforms] == ["linux_amd64", "linux_arm_7"]
    assert (settings.build.cgo, settings.build.jobs, settings.test.coverage) == (True, 4, 75.5)
    assert settings.build.env == {"MixedCase": "1"}
    assert settings.build.platform["linux_arm_7"].cc == "arm-gcc"


def test_tables_are_merged_and_lists_replaced(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        'build = { tags = ["a", "b"], env = { A = "file", B = "file" } }',
        {"build": {"tags": ["c"], "env": {"B": "given"}}},
        TSDBTASKS_BUILD__ENV__C="environment",
    )

    assert settings.build.tags == ("c",)
    assert settings.build.env == {"A": "file", "B": "given", "C": "environment"}


def test_a_value_that_is_no_table_of_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/demo\n")
    for given in ("x", 5, ["name"]):
        with pytest.raises(SettingsError, match="tsdbtasks: want a table, got"):
            load(tmp_path, given, {})  # type: ignore[arg-type]  # as an invoke.yaml may have it
        with pytest.raises(SettingsError, match="tsdbtasks: want a table, got"):
            reading.check(given)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("text", ["tool = 5\n", "[tool]\ntsdbtasks = 5\n"])
def test_a_pyproject_whose_tables_are_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    problems = _problems(tmp_path)

    assert "pyproject.toml: want a table [tool.tsdbtasks], got " in problems[0]


def test_the_module_is_found_upwards_from_tasks_py(tmp_path: Path) -> None:
    _load(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)

    assert load(tmp_path / "a" / "b", {}, {}).folder == tmp_path


def test_a_root_that_is_no_folder_is_refused_with_the_value_and_the_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=re.escape(f"got 'nowhere', which is no folder below {tmp_path}")):
        load(tmp_path, {"root": "nowhere"}, {})


def test_a_root_says_where_the_other_settings_stand(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tsdbtasks]\nroot = "db"\n')
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "tsdbtasks.toml").write_text('name = "inner"\n')

    settings = load(tmp_path, {}, {})

    assert (settings.folder, settings.name) == (tmp_path / "db", "inner")


def test_what_may_be_written_is_what_the_reference_lists() -> None:
    rows = {path: (kind, default) for path, kind, default, _ in reading.reference()}

    assert rows["build.jobs"] == ("whole number", "0")
    assert rows["build.platform.<id>.cc"] == ("text", '""')
    assert rows["test.timeout"][0] == "duration"
    assert "folder" not in rows
    assert all(doc.endswith(".") for *_, doc in reading.reference())


# Each source is put on top of the ones before it, so each has to win over all of them.
_SOURCES = ("file", "collection", "yaml", "environment")


@pytest.mark.parametrize("highest", range(len(_SOURCES)))
def test_a_later_source_wins_over_all_earlier_ones(make_repository: MakeRepository, highest: int) -> None:
    present = _SOURCES[: highest + 1]
    repository = make_repository(
        {
            "tasks.py": "import tsdbtasks\nfrom tsdbtasks.settings import Settings\n\n"
            "@tsdbtasks.task\ndef told(c):\n    print(Settings.of(c).name)\n\n"
            "ns = tsdbtasks.collection(told, settings={'name': 'collection'})\n"
            if "collection" in present
            else "import tsdbtasks\nfrom tsdbtasks.settings import Settings\n\n"
            "@tsdbtasks.task\ndef told(c):\n    print(Settings.of(c).name)\n\nns = tsdbtasks.collection(told)\n",
            "tsdbtasks.toml": 'name = "file"\n',
        },
        git=False,
    )
    if "yaml" in present:
        repository.write({"invoke.yaml": "tsdbtasks:\n  name: yaml\n"})
    env = {"TSDBTASKS_NAME": "environment"} if "environment" in present else {}

    ran = repository.inv("told", env=env)

    assert (ran.code, ran.out) == (0, f"{present[-1]}\n")


def test_a_flag_wins_over_the_environment(repository: Repository) -> None:
    ran = repository.inv(
        "--dry", "build-all", "--only", "linux_*", env={"TSDBTASKS_BUILD__PLATFORMS": "linux/386,darwin/arm64"}
    )

    assert ran.code == 0
    assert "GOARCH" not in ran.out
    assert "demo_linux_386" in ran.err
    assert "darwin" not in ran.err


def test_the_settings_of_a_context_are_those_of_its_folder(make_repository: MakeRepository) -> None:
    repository = make_repository({"tsdbtasks.toml": 'name = "file"\n'}, git=False)

    assert Settings.of(context(repository.path)).name == "file"
    assert Settings.of(context(repository.path, {"name": "given"})).name == "given"


def test_what_decides_a_target_cannot_be_overridden_on_the_way_to_go(tmp_path: Path) -> None:
    build = {"env": {"GOOS": "windows", "MINE": "x"}, "flags": ["-gcflags=-l", "--ldflags=-X=main.a=b", "-o"]}
    given = {"build": {**build, "platform": {"linux_amd64": {"env": {"GOAMD64": "v3"}}}}}

    with pytest.raises(SettingsError) as caught:
        load(tmp_path, given, {})

    assert caught.value.problems == (
        "tsdbtasks.build.flags: -ldflags is decided by a setting of its own",
        "tsdbtasks.build.flags: -o is decided by a setting of its own",
        "tsdbtasks.build.env: GOOS is decided by a setting of its own",
        "tsdbtasks.build.platform.linux_amd64.env: GOAMD64 is decided by a setting of its own",
    )
