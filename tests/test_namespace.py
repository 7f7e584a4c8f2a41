"""Namespaces for other people's tasks.py."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from invoke.collection import Collection
from invoke.exceptions import Exit

import tsdbtasks
from tsdbtasks import namespace
from tsdbtasks.tasks import build, package

if TYPE_CHECKING:
    from tests.conftest import MakeRepository


def test_without_names_there_are_all_tasks() -> None:
    made = tsdbtasks.collection()

    assert {"build", "build-all", "build-linux", "build-windows", "build-darwin", "clean-build", "package"} <= set(
        made.task_names
    )


def test_modules_collections_and_single_tasks_can_be_mixed() -> None:
    made = tsdbtasks.collection(package, Collection(build.clean_build), build.build)

    assert sorted(made.task_names) == ["build", "clean-build", "package"]


def test_settings_go_under_the_package_s_name() -> None:
    made = tsdbtasks.collection(build, settings={"build": {"jobs": 2}})

    assert made.configuration() == {"tsdbtasks": {"build": {"jobs": 2}}}


@pytest.mark.parametrize("what", ["build", 5, None, ModuleType("empty")])
def test_what_holds_no_tasks_is_refused_with_an_example(what: Any) -> None:  # noqa: ANN401 - anything
    with pytest.raises(Exit) as caught:
        tsdbtasks.collection(what)

    assert caught.value.code == 2
    assert "want a module with tasks, a collection or a task" in str(caught.value.message)


@pytest.mark.parametrize("settings", [{"nam": "x"}, {"build": 5}, ["x"], "x"])
def test_wrong_settings_end_the_program_with_their_code(settings: Any) -> None:  # noqa: ANN401 - anything
    with pytest.raises(Exit) as caught:
        tsdbtasks.collection(build, settings=settings)

    assert caught.value.code == 2
    assert "tsdbtasks" in str(caught.value.message)


def test_tasks_of_a_nested_collection_are_not_lost() -> None:
    outer = Collection(build.build)
    outer.add_collection(Collection("inner", package.package))

    made = tsdbtasks.collection(outer)

    assert sorted(made.task_names) == ["build", "inner.package"]


def test_every_module_of_tasks_is_named_and_has_its_namespace() -> None:
    for module in namespace._ours():
        assert isinstance(module.ns, Collection)


@pytest.mark.parametrize("name", ["db", "a-b"])
def test_the_collection_can_be_nested_with_its_settings(make_repository: MakeRepository, name: str) -> None:
    repository = make_repository(
        {
            "tasks.py": "import invoke\nimport tsdbtasks\n\n"
            "ns = invoke.Collection()\n"
            f"ns.add_collection(tsdbtasks.collection(settings={{'name': 'inner'}}), {name!r})\n"
        }
    )

    ran = repository.inv(f"{name}.build-all", "--only", "linux_amd64")

    assert (ran.code, ran.out.startswith("inner v0.0.0-")) == (0, True)


def test_an_attribute_that_the_package_has_not_is_an_error() -> None:
    with pytest.raises(AttributeError, match="module 'tsdbtasks' has no attribute 'colection'"):
        _ = tsdbtasks.colection
