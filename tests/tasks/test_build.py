"""Building: which version, what is stamped, what is kept, and what a user's folder looks like afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from invoke.exceptions import Exit

from tests.conftest import MAIN, golden
from tsdbtasks.tasks import build as tasks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import MakeRepository, Repository

_ONE = '["linux/amd64"]'
#: The first bytes of a program, by its platform: format, width and machine.
_FORMATS = {
    "linux_amd64": (b"\x7fELF\x02", 18, b"\x3e\x00"),
    "linux_arm64": (b"\x7fELF\x02", 18, b"\xb7\x00"),
    "windows_amd64": (b"MZ", None, b""),
    "darwin_amd64": (b"\xcf\xfa\xed\xfe\x07\x00\x00\x01", None, b""),
    "darwin_arm64": (b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01", None, b""),
}


def _manifest(repository: Repository, folder: str = "dist") -> dict[str, Any]:
    return dict(json.loads((repository.path / folder / "manifest.json").read_text()))


def _said(repository: Repository, program: str = "dist/demo_linux_amd64/demo") -> str:
    done = subprocess.run([repository.path / program], capture_output=True, text=True, check=True)
    return (done.stdout + done.stderr).strip()


def test_this_machine_s_program_goes_to_bin_and_runs(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3")

    made = tasks.build(repository.context())

    assert [(one.platform, one.path, one.outcome) for one in made] == [("linux_amd64", "bin/demo", "built")]
    assert _said(repository, "bin/demo") == "v1.2.3"
    assert repository.status == ""


def test_all_platforms_are_built_in_their_formats(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3")

    ran = repository.inv("build-all")

    assert ran.code == 0
    for platform, (magic, place, machine) in _FORMATS.items():
        ending = ".exe" if platform.startswith("windows") else ""
        data = (repository.path / f"dist/demo_{platform}/demo{ending}").read_bytes()
        assert data.startswith(magic)
        if place is not None:
            assert data[place : place + 2] == machine
        if ending:
            header = int.from_bytes(data[0x3C:0x40], "little")
            assert data[header : header + 6] == b"PE\x00\x00\x64\x86"
    assert {name for name in repository.files if name.startswith("dist/logs/")} == {
        f"dist/logs/build-demo_{platform}.log" for platform in _FORMATS
    }
    assert repository.status == ""


@pytest.mark.parametrize(
    ("arguments", "platforms"),
    [
        (["build-windows"], {"windows_amd64"}),
        (["build-darwin"], {"darwin_amd64", "darwin_arm64"}),
        (["build-linux"], {"linux_amd64", "linux_arm64"}),
        (["build-all", "--only", "linux_*"], {"linux_amd64", "linux_arm64"}),
        (["build-all", "--only", "linux_arm64", "--only", "darwin_arm64"], {"linux_arm64", "darwin_arm64"}),
    ],
)
def test_a_part_can_be_built_alone(repository: Repository, arguments: list[str], platforms: set[str]) -> None:
    ran = repository.inv(*arguments, "--json")

    assert (ran.code, {one["platform"] for one in json.loads(ran.out)["result"]}) == (0, platforms)
    assert set(_manifest(repository)["targets"]) == platforms
    (report,) = [name for name in repository.files if name.startswith("dist/reports/")]
    assert all(platform in report for platform in platforms)


def test_a_system_that_is_not_configured_is_refused(make_repository: MakeRepository) -> None:
    ran = make_repository(platforms=_ONE).inv("build-windows")

    assert (ran.code, "'windows_*' fits none of the configured platforms" in ran.err) == (2, True)


def test_variants_have_ids_of_their_own(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms='["linux/arm/7", "linux/amd64/v3", "linux/amd64"]')

    made = tasks.build_all(repository.context())

    assert [one.path for one in made] == [
        "dist/demo_linux_arm_7/demo", "dist/demo_linux_amd64_v3/demo", "dist/demo_linux_amd64/demo",
    ]  # fmt: skip
    info = subprocess.run(["go", "version", "-m", repository.path / made[0].path], capture_output=True, text=True, check=True)
    assert "GOARM=7" in info.stdout
    assert made[1].sha256 != made[2].sha256


# --- versions -----------------------------------------------------------------------------------------

_GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v3.0.0"}


@pytest.mark.parametrize(
    ("flag", "environ", "version"),
    [
        ("", {}, "v1.2.3"),
        ("", {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v3.0.0"}, "v1.2.3"),
        ("", _GITHUB | {"GITHUB_REF_TYPE": "branch"}, "v1.2.3"),
        ("", _GITHUB, "v3.0.0"),
        ("", _GITHUB | {"VERSION": "2.0.0"}, "v2.0.0"),
        ("v1.5.0-rc.1", _GITHUB | {"VERSION": "2.0.0"}, "v1.5.0-rc.1"),
    ],
)
def test_a_version_comes_from_the_flag_then_version_then_ci_s_tag_then_the_tag(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch, flag: str, environ: Mapping[str, str], version: str
) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    tasks.build_all(repository.context(), version=flag)

    inputs = _manifest(repository)["inputs"]
    assert (inputs["version"], inputs["tag"], _said(repository)) == (version, version, version)


def test_the_usual_variables_are_stamped_and_others_left_alone(make_repository: MakeRepository) -> None:
    source = (
        'package main\n\nvar Version, commit, other = "", "unset", "other"\n\nconst date = "constant"\n\n'
        "var BuildTime string\n\nfunc main() { println(Version, commit, other, date, BuildTime) }\n"
    )
    repository = make_repository({"main.go": source}, tag="v1.2.3", platforms=_ONE)

    tasks.build_all(repository.context())

    assert _said(repository) == f"v1.2.3 {repository.git('rev-parse', 'HEAD')} other constant 2024-05-06T07:08:09Z"


def test_without_stamps_a_program_is_as_its_source_says(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)

    tasks.build_all(repository.context({"build": {"stamp": False}}))

    assert _said(repository) == "unset"


@pytest.mark.parametrize("flag", ["-X=main.version={name} it's {version}", "-X main.version={name} it's {version}"])
def test_a_configured_flag_wins_over_the_stamp_whatever_it_holds(make_repository: MakeRepository, flag: str) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)

    tasks.build_all(repository.context({"build": {"ldflags": [flag]}}))

    assert _said(repository) == "demo it's v1.2.3"


def test_a_variable_of_another_package_can_be_set(make_repository: MakeRepository) -> None:
    main = MAIN.replace("\n\nvar", '\n\nimport "example.com/demo/info"\n\nvar').replace("version)", "info.Text)")
    repository = make_repository({"main.go": main, "info/info.go": 'package info\n\nvar Text = "unset"\n'}, platforms=_ONE)

    tasks.build_all(repository.context({"build": {"ldflags": ["-X=example.com/demo/info.Text={commit}"]}}))

    assert _said(repository) == repository.git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("-X=main.verison={version}", "no such variable, perhaps you meant 'version'"),
        ("-X=example.com/demo.version={version}", "the linker knows the main package as main, so want -X main.version"),
        ("-X=main.constant={version}", "constant is a constant"),
        ("-X=main.computed={version}", "computed is a variable whose value is computed"),
        ("-X=main.number={version}", "number is a variable of another type than string"),
        ("-X=example.com/other.Version={version}", "the package 'example.com/other' is no part of the program"),
    ],
)
def test_a_variable_that_go_would_not_set_is_an_error(make_repository: MakeRepository, flag: str, told: str) -> None:
    source = MAIN + '\nconst constant = "x"\n\nvar computed = f()\n\nvar number = 5\n\nfunc f() string { return "x" }\n'
    repository = make_repository({"main.go": source}, platforms=_ONE)

    with pytest.raises(Exit) as caught:
        tasks.build_all(repository.context({"build": {"ldflags": [flag]}}))

    assert caught.value.code == 2
    assert told in str(caught.value.message)
    assert not (repository.path / "dist/demo_linux_amd64").exists()


# --- settings -----------------------------------------------------------------------------------------


def test_several_programs_tags_flags_and_variables_of_a_platform(make_repository: MakeRepository) -> None:
    tagged = '//go:build fast\n\npackage main\n\nfunc init() { println("fast") }\n'
    repository = make_repository(
        {"cmd/one/main.go": MAIN, "cmd/one/fast.go": tagged, "cmd/two/main.go": MAIN, "tools/gen/main.go": MAIN},
        platforms='["linux/amd64", "linux/arm64"]',
    )
    (repository.path / "main.go").unlink()
    repository.commit()
    settings = {
        "flags": ["-gcflags=-l"],
        "env": {"MINE": "all"},
        "platform": {"linux_amd64": {"tags": ["fast"], "env": {"MINE": "one"}}},
    }

    ran = tasks.build_all(repository.context({"build": settings}))

    assert [one.path for one in ran] == [
        "dist/one_linux_amd64/one", "dist/two_linux_amd64/two", "dist/one_linux_arm64/one", "dist/two_linux_arm64/two",
    ]  # fmt: skip
    assert _said(repository, "dist/one_linux_amd64/one").startswith("fast\n")
    info = subprocess.run(["go", "version", "-m", repository.path / ran[0].path], capture_output=True, text=True, check=True)
    assert [text for text in ("-tags=fast", "-gcflags=-l", "CGO_ENABLED=0") if text not in info.stdout] == []
    made = json.loads((repository.path / "dist/manifest.json").read_text())["targets"]
    assert [made[name]["binaries"][0]["env"]["MINE"] for name in ("linux_amd64", "linux_arm64")] == ["one", "all"]


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_cgo_can_be_switched_on_for_one_platform(make_repository: MakeRepository) -> None:
    source = 'package main\n\n// static int answer() { return 42; }\nimport "C"\n\nfunc main() { println(int(C.answer())) }\n'
    repository = make_repository({"main.go": source}, platforms=_ONE)

    tasks.build_all(repository.context({"build": {"platform": {"linux_amd64": {"cgo": True, "cc": "cc"}}}}))

    assert _said(repository) == "42"


def test_a_shell_s_own_go_variables_change_no_byte(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    before = tasks.build_all(repository.context())
    shutil.rmtree(repository.path / "dist")
    env = {"GOFLAGS": "-tags=other -ldflags=-X=main.version=hijacked", "GOOS": "windows", "CGO_ENABLED": "1", "GOAMD64": "v3"}

    ran = repository.inv("build-all", "--json", env=env)

    assert json.loads(ran.out)["result"][0]["sha256"] == before[0].sha256


def test_each_platform_is_stamped_by_its_own_files_and_has_its_own_programs(make_repository: MakeRepository) -> None:
    repository = make_repository(
        {
            "main.go": "package main\n\nfunc main() { println(version) }\n",
            "version_arm64.go": 'package main\n\nvar version = "unset"\n',
            "version.go": '//go:build !arm64\n\npackage main\n\nvar version = f()\n\nfunc f() string { return "x" }\n',
            "cmd/service/main_windows.go": MAIN,
        },
        platforms='["linux/amd64", "linux/arm64", "windows/arm64"]',
        tag="v1.2.3",
    )

    made = tasks.build_all(repository.context())

    assert [one.path.partition("/")[2] for one in made] == [
        "demo_linux_amd64/demo", "demo_linux_arm64/demo", "demo_windows_arm64/demo.exe", "service_windows_arm64/service.exe",
    ]  # fmt: skip
    stamped = {
        binary["path"]
        for target in _manifest(repository)["targets"].values()
        for binary in target["binaries"]
        if "-X=main.version=v1.2.3" in " ".join(binary["argv"])
    }
    assert stamped == {one.path.partition("/")[2] for one in made if "arm64" in one.path}


def test_a_platform_for_which_there_is_no_program_is_named(make_repository: MakeRepository) -> None:
    repository = make_repository({"main.go": f"//go:build linux\n\n{MAIN}"})

    ran = repository.inv("build-all")

    assert (ran.code, "no program is for windows/amd64, darwin/amd64, darwin/arm64" in ran.err) == (2, True)
    assert repository.inv("build-linux").code == 0


# --- unchanged, changed, dry, clean ---------------------------------------------------------------------


def test_a_second_run_finds_everything_unchanged(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    repository.inv("build-all")
    before = (repository.path / "dist/demo_linux_amd64/demo").stat().st_mtime_ns

    ran = repository.inv("build-all", "--json")

    document = json.loads(ran.out)
    assert [one["outcome"] for one in document["result"]] == ["unchanged"]
    assert (document["outcome"], document["reasons"]) == (
        "unchanged", ["the same inputs were built before, and the files are still those"],
    )  # fmt: skip
    assert (repository.path / "dist/demo_linux_amd64/demo").stat().st_mtime_ns == before


@pytest.mark.parametrize("how", ["changed", "removed", "version", "setting", "source"])
def test_what_is_not_as_it_was_built_is_built_again(make_repository: MakeRepository, how: str) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    (first,) = tasks.build_all(repository.context())
    program = repository.path / first.path
    if how == "changed":
        program.write_bytes(b"something else")
    if how == "removed":
        program.unlink()
    if how == "source":
        repository.write({"main.go": MAIN.replace("unset", "changed")})
        repository.commit()

    (second,) = tasks.build_all(
        repository.context({"build": {"tags": ["x"]} if how == "setting" else {}}), version="v2.0.0" if how == "version" else ""
    )

    assert second.outcome == "built"
    assert (second.sha256 == first.sha256) == (how in {"changed", "removed"})


def test_a_damaged_manifest_counts_as_none(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    repository.inv("build-all")
    (repository.path / "dist/manifest.json").write_bytes(b"{\xff")

    ran = repository.inv("build-all")

    assert (ran.code, "manifest.json: want a manifest, but it cannot be read" in ran.err) == (0, True)
    assert set(_manifest(repository)["targets"]) == {"linux_amd64"}


def test_what_an_older_version_left_is_removed(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms='["linux/amd64", "linux/arm64"]')
    repository.inv("build-all", "--version", "v1.0.0")
    repository.inv("package")
    repository.write({"dist/mine.txt": "x"})

    ran = repository.inv("build-all", "--version", "v2.0.0", "--only", "linux_amd64")

    assert ran.code == 0
    left = {name for name in repository.files if name.startswith("dist/") and name.count("/") == 1}
    assert {name for name in left if "1.0.0" in name} == set()
    assert "dist/mine.txt" in left
    assert "dist/demo_linux_arm64/demo" not in repository.files


@pytest.mark.parametrize("arguments", [["build"], ["build-all"], ["build-all", "package"], ["clean-build"]])
def test_a_dry_run_changes_nothing_and_shows_what_would_run(make_repository: MakeRepository, arguments: list[str]) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    before = repository.files

    ran = repository.inv("--dry", *arguments)

    assert (ran.code, repository.files) == (0, before)
    if "clean-build" not in arguments:
        assert "would run: " in ran.err
        assert "-trimpath" in ran.err


def test_a_dry_run_of_cleaning_says_what_would_go_and_keeps_it(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)
    repository.inv("build-all")
    before = repository.files

    ran = repository.inv("--dry", "clean-build")

    assert "dist/demo_linux_amd64/demo" in ran.out
    assert repository.files == before


def test_cleaning_removes_what_builds_made_and_nothing_else(make_repository: MakeRepository) -> None:
    repository = make_repository({"dist/tracked.txt": "x"}, tag="v1.2.3", platforms=_ONE)
    before = repository.files
    repository.inv("build", "build-all", "package")
    repository.write({"dist/demo_linux_amd64/mine.txt": "x", "dist/mine/too.txt": "x"})
    outside = repository.path.parent / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (repository.path / "dist/link").symlink_to(outside)

    ran = repository.inv("clean-build")

    assert ran.code == 0
    assert repository.files == before | {"dist/demo_linux_amd64/mine.txt", "dist/mine/too.txt", "dist/link"}
    assert "kept, because no build made it: dist/mine/too.txt" in ran.out
    assert (outside / "kept").exists()


def test_cleaning_twice_says_that_there_is_nothing(repository: Repository) -> None:
    before = repository.files
    repository.inv("build")

    first, second = repository.inv("clean-build"), repository.inv("clean-build")

    assert (first.code, second.code, "nothing to remove" in second.out) == (0, 0, True)
    assert repository.files == before


def test_the_table_of_a_build_reads_as_it_did(make_repository: MakeRepository) -> None:
    repository = make_repository(tag="v1.2.3", platforms=_ONE)

    out = repository.inv("build-all").out

    # Sizes and hashes depend on the version of Go.
    lines = [line.split("  ")[0] if line.startswith("linux") else line for line in out.splitlines()]
    golden("build-all.txt", "\n".join(lines).replace(_manifest(repository)["inputs"]["go"], "goVERSION") + "\n")


# --- the tree -----------------------------------------------------------------------------------------


def test_module_files_are_never_changed(make_repository: MakeRepository, tmp_path: Path) -> None:
    library = tmp_path / "lib"
    (library).mkdir()
    (library / "go.mod").write_text("module example.com/lib\n\ngo 1.20\n")
    (library / "lib.go").write_text('package lib\n\nconst Text = "lib"\n')
    needs = "require example.com/lib v0.0.0\n\nreplace example.com/lib => ./lib\n"
    go_mod = f"module example.com/demo\n\ngo 1.20\n\n\n// kept as it is\n{needs}"
    source = 'package main\n\nimport "example.com/lib"\n\nfunc main() { println(lib.Text) }\n'
    repository = make_repository({"go.mod": go_mod, "main.go": source}, platforms=_ONE)
    shutil.copytree(library, repository.path / "lib")
    repository.commit()

    ran = repository.inv("build-all")

    assert (ran.code, _said(repository), (repository.path / "go.mod").read_text()) == (0, "lib", go_mod)
    assert repository.status == ""


def test_a_go_mod_that_lacks_a_requirement_is_an_error_and_stays(make_repository: MakeRepository) -> None:
    source = 'package main\n\nimport _ "example.com/absent"\n\nfunc main() {}\n'
    repository = make_repository({"main.go": source}, platforms=_ONE)

    ran = repository.inv("build-all", env={"GOPROXY": "off"})

    assert (ran.code, "example.com/absent" in ran.err, repository.status) == (1, True, "")


def test_vendored_modules_are_used(make_repository: MakeRepository) -> None:
    repository = make_repository(
        {
            "go.mod": "module example.com/demo\n\ngo 1.20\n\nrequire example.com/lib v1.0.0\n",
            "main.go": 'package main\n\nimport "example.com/lib"\n\nfunc main() { println(lib.Text) }\n',
            "vendor/modules.txt": "# example.com/lib v1.0.0\n## explicit; go 1.20\nexample.com/lib\n",
            "vendor/example.com/lib/lib.go": 'package lib\n\nconst Text = "vendored"\n',
        },
        platforms=_ONE,
    )

    ran = repository.inv("build-all", env={"GOPROXY": "off"})

    assert (ran.code, _said(repository)) == (0, "vendored")


def test_a_workspace_of_the_repository_is_used(make_repository: MakeRepository) -> None:
    repository = make_repository(
        {
            "go.work": "go 1.20\n\nuse (\n\t.\n\t./lib\n)\n",
            "lib/go.mod": "module example.com/lib\n\ngo 1.20\n",
            "lib/lib.go": 'package lib\n\nconst Text = "workspace"\n',
            "go.mod": "module example.com/demo\n\ngo 1.20\n\nrequire example.com/lib v0.0.0\n",
            "main.go": 'package main\n\nimport "example.com/lib"\n\nfunc main() { println(lib.Text) }\n',
        },
        tag="v1.2.3",
        platforms=_ONE,
    )

    ran = repository.inv("build-all", env={"GOPROXY": "off"})

    assert (ran.code, _said(repository)) == (0, "workspace")
    assert repository.status == ""


def test_a_module_in_a_folder_of_a_bigger_repository_is_built_from_its_commit(make_repository: MakeRepository) -> None:
    settings = f"{{'root': 'db', 'build': {{'platforms': {_ONE}}}}}"
    repository = make_repository(
        {
            "tasks.py": f"import tsdbtasks\n\nns = tsdbtasks.collection(settings={settings})\n",
            "db/go.mod": "module example.com/inner\n\ngo 1.20\n",
            "db/main.go": MAIN,
        },
        tag="v1.2.3",
    )

    ran = repository.inv("build-all")

    assert (ran.code, _said(repository, "db/dist/inner_linux_amd64/inner")) == (0, "v1.2.3")
    assert not (repository.path / "dist").exists()


@pytest.mark.skipif(os.name != "posix", reason="umask is POSIX's")
def test_a_program_is_for_everybody_whatever_the_umask(make_repository: MakeRepository) -> None:
    repository = make_repository(platforms=_ONE)
    before = os.umask(0o077)
    try:
        tasks.build_all(repository.context())
    finally:
        os.umask(before)

    assert (repository.path / "dist/demo_linux_amd64/demo").stat().st_mode & 0o777 == 0o755
