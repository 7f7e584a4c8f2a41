"""The comparison of two runs, or of two samples.

Every package, benchmark, GOMAXPROCS and unit that one of the runs has becomes one :class:`Comparison`, in the order of the
old run, then what only the new one has. How each is judged:

- ``exact``: B/op, allocs/op and units that a Unit line calls exact, where all samples of a side agree: any difference counts.
- ``ranks``: everything else with values above 0, by the exact Mann-Whitney test and the Hodges-Lehmann ratio.
- ``derived``: a rate that is a constant divided by the time; shown, with the verdict of the time, and not tested again.
- ``none``: on one side only, made under different circumstances, or without a ratio.

A unit of unknown direction is tested and reported, and never gates.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, overload

from tsdbtasks import errors
from tsdbtasks.core.bench import environment, intervals, multiplicity, ranktest, runs, units, verdicts
from tsdbtasks.core.bench.benchfmt import Results, Setting
from tsdbtasks.core.bench.series import TIME, Key, Series, collect, derives_from_time
from tsdbtasks.core.bench.verdicts import Chances, Limits, Policy, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tsdbtasks.core.bench.environment import Difference
    from tsdbtasks.core.bench.intervals import Estimate, Ratio

#: Metrics that the Go runtime counts, so that they hardly ever change without a cause.
COUNTED = frozenset({"B/op", "allocs/op"})
_POLICY = Policy()
#: Keys of the configuration that a report shows for each side.
_SHOWN = ("commit", "branch", "dirty", "date", "go", "goos", "goarch", "cpu", "cores", "machine", "partial")
#: What a program that ends badly prints, which has the form of a configuration line.
_ENDS = frozenset({"panic", "signal"})
_FALSE = frozenset({"", "0", "false", "no"})


class Method(StrEnum):
    """How a comparison was judged."""

    EXACT = "exact"
    RANKS = "ranks"
    DERIVED = "derived"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One unit of one benchmark in two runs.

    *centre* is new / old, *interval* its ends (0 and infinity where the samples are too small), both None where no
    ratio exists or none may be formed. *p* is that of the test alone; *p_gate* after Holm's correction over all that
    gates, *p_report* after Benjamini and Hochberg's over all that was tested. *detectable* is the smallest change, as
    a share, that would have been called a regression four times in five; *needed* the samples a side from which
    on the test could reject at all, 0 where there are enough. *reason* says why the verdict is none of the clear ones.
    """

    package: str = ""
    benchmark: str = ""
    procs: int = 1
    unit: str = ""
    category: str = verdicts.UNCATEGORISED
    better: str = ""
    method: Method = Method.NONE
    limits: Limits = Limits()
    old: Estimate | None = None
    new: Estimate | None = None
    old_values: Sequence[float] = ()
    new_values: Sequence[float] = ()
    centre: float | None = None
    interval: tuple[float, float] | None = None
    p: float | None = None
    p_gate: float | None = None
    p_report: float | None = None
    verdict: Verdict = Verdict.CANNOT_TELL
    reason: str = ""
    detectable: float | None = None
    needed: int = 0
    differences: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def change(self) -> float | None:
        """The change from old to new as a share of the old, or None where there is no ratio."""
        return None if self.centre is None else self.centre - 1

    @property
    def gates(self) -> bool:
        """Say whether the verdict could have failed a gate: it was judged, and it is known which way is worse."""
        return self.method in {Method.EXACT, Method.RANKS} and self.better != ""

    @property
    def name(self) -> str:
        """The benchmark with its GOMAXPROCS, as Go prints it, without ``Benchmark``."""
        return f"{self.benchmark}-{self.procs}" if self.procs != 1 else self.benchmark


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two runs: its *name*, what its configuration says, its number of results, and what is wrong with it."""

    name: str
    about: Mapping[str, str]
    results: int
    problems: tuple[str, ...] = ()
    failures: int = 0

    @property
    def partial(self) -> bool:
        """Say whether part of the run failed, by its own word or by that of go test."""
        return self.failures > 0 or self.about.get("partial", "").lower() not in _FALSE


@dataclass(frozen=True, kw_only=True)
class Comparisons(Sequence[Comparison]):
    """All comparisons of two runs, a sequence of :class:`Comparison`.

    *differences* are the circumstances that differ; with *anyway* they were compared nevertheless. *level* is the p
    that the first rejection of the gate wants, after the correction for *tests* tests.
    """

    old: Side
    new: Side
    comparisons: tuple[Comparison, ...]
    differences: tuple[Difference, ...] = ()
    anyway: bool = False
    alpha: float = 0.05
    tests: int = 0
    warnings: tuple[str, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Comparison: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Comparison]: ...
    def __getitem__(self, index: int | slice) -> Comparison | Sequence[Comparison]:
        """Return one comparison, or several."""
        return self.comparisons[index]

    def __len__(self) -> int:
        """Return the number of comparisons."""
        return len(self.comparisons)

    def __iter__(self) -> Iterator[Comparison]:
        """Iterate in order."""
        return iter(self.comparisons)

    @property
    def level(self) -> float:
        """The p that the gate's first rejection wants."""
        return self.alpha / max(1, self.tests)

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How often each verdict was given, the derived ones left out, which only repeat another."""
        found = Counter(one.verdict for one in self.comparisons if one.method is not Method.DERIVED)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def needed(self) -> int:
        """Samples a side from which on every test could reject at all, or 0 where there are enough."""
        return max((one.needed for one in self.comparisons), default=0)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict that counts: critical, regression, else what the comparison comes to as a whole."""
        worst = next((one for one in (Verdict.CRITICAL, Verdict.REGRESSION) if self.counts[one]), None)
        if worst:
            return worst
        if not any(one.gates for one in self.comparisons):
            return Verdict.INCOMPARABLE
        if self.blockers:
            return Verdict.CANNOT_TELL
        return Verdict.IMPROVEMENT if self.counts[Verdict.IMPROVEMENT] else Verdict.SAME

    @property
    def blockers(self) -> tuple[str, ...]:
        """Why nothing follows from the absence of a regression; empty where something does."""
        found = []
        if not any(one.gates for one in self.comparisons):
            found.append("nothing could be compared")
        if self.needed:
            found.append(
                f"{sum(one.needed > 0 for one in self.comparisons)} of {self.tests} tests could not fail with so few samples: "
                f"at least {self.needed} a side are needed"
            )
        found += [f"{side.name} is a partial run: part of it failed" for side in (self.old, self.new) if side.partial]
        return tuple(found)

    @property
    def exit_code(self) -> int:
        """0: nothing is worse. 4: something is. 5: nothing, or not enough, could be compared."""
        if self.verdict.bad:
            return errors.REFUSED
        return errors.NOTHING if self.blockers else errors.GOOD


@overload
def compare(
    old: Results, new: Results, policy: Policy = ..., *, anyway: bool = ..., names: tuple[str, str] = ...
) -> Comparisons: ...
@overload
def compare(old: Sequence[float], new: Sequence[float], policy: Policy = ..., *, unit: str = ...) -> Comparison: ...
def compare(
    old: Results | Sequence[float],
    new: Results | Sequence[float],
    policy: Policy = _POLICY,
    *,
    anyway: bool = False,
    names: tuple[str, str] = ("old", "new"),
    unit: str = TIME,
) -> Comparisons | Comparison:
    """Judge *new* against *old*: two runs as ``benchfmt.parse`` returns them, or two plain samples of *unit*.

    With *anyway*, runs made under different circumstances are compared too, and say so. *names* are what the runs are
    called in reports. Pure; nothing in a file makes it raise.
    """
    if isinstance(old, Results) and isinstance(new, Results):
        return _runs(old, new, policy, anyway=anyway, names=names)
    if isinstance(old, Results) or isinstance(new, Results):
        raise TypeError("want two runs or two samples, got one of each")
    pair = _Pair(Key("", "", 1, unit), Series(tuple(old), (), ()), Series(tuple(new), (), ()))
    bench = _Bench(policy=policy, better=policy.better(unit) or units.better(unit), exact=unit in COUNTED)
    return _judged([_drafted(pair, bench)], policy)[0]


@dataclass(frozen=True, slots=True)
class _Pair:
    """The samples of one key in both runs; None where a run has none."""

    key: Key
    old: Series | None
    new: Series | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What is known of a unit, and under which policy and circumstances it is judged."""

    policy: Policy
    better: str
    exact: bool
    differences: tuple[Difference, ...] = ()
    anyway: bool = False
    derived: bool = False


def _runs(old: Results, new: Results, policy: Policy, *, anyway: bool, names: tuple[str, str]) -> Comparisons:
    old, new = runs.restored(old), runs.restored(new)
    before, after = collect(old), collect(new)
    keys = [*before, *(key for key in after if key not in before)]
    drafts = []
    seen: dict[Difference, None] = {}
    for key in keys:
        pair = _Pair(key, before.get(key), after.get(key))
        found = _differences(pair)
        seen.update(dict.fromkeys(one for one in found if one.key != environment.SOURCE))
        better, exact = _direction(key.unit, old, new, policy)
        bench = _Bench(
            policy=policy, better=better, exact=exact, differences=found, anyway=anyway,
            derived=_derives(pair, before, after),
        )  # fmt: skip
        drafts.append(_drafted(pair, bench))
    judged = _with_times(_judged(drafts, policy))
    sides = [_side(name, results, samples) for name, results, samples in zip(names, (old, new), (before, after), strict=True)]
    return Comparisons(
        old=sides[0], new=sides[1], comparisons=tuple(judged), differences=tuple(seen), anyway=anyway, alpha=policy.alpha,
        tests=sum(_in_family(one) for one in judged), warnings=_run_warnings(sides, judged, tuple(seen), anyway=anyway),
    )  # fmt: skip


def _direction(unit: str, old: Results, new: Results, policy: Policy) -> tuple[str, bool]:
    """Return which way *unit* improves, and whether its values are exact: by the files, the settings, then what is known."""
    said = next((results.better(unit) for results in (new, old) if (unit, "better") in results.units), "")
    better = said or policy.better(unit) or units.better(unit)
    return better, unit in COUNTED or new.exact(unit) or old.exact(unit)


def _differences(pair: _Pair) -> tuple[Difference, ...]:
    if pair.old is None or pair.new is None:
        return ()
    old, new = pair.old.configs, pair.new.configs
    return (
        *environment.differences(old, new),
        *environment.source(old, new, pair.key.package, pair.key.benchmark),
    )


def _derives(pair: _Pair, before: Mapping[Key, Series], after: Mapping[Key, Series]) -> bool:
    time = pair.key._replace(unit=TIME)
    if pair.old is None or pair.new is None or time not in before or time not in after:
        return False
    return derives_from_time(pair.key.unit, (pair.old, pair.new), (before[time], after[time]))


def _drafted(pair: _Pair, bench: _Bench) -> Comparison:
    """Return the comparison as far as it goes without looking at the other tests."""
    key, policy = pair.key, bench.policy
    blank = Comparison(
        **key._asdict(),
        category=policy.category_of(key.benchmark),
        better=bench.better,
        limits=policy.limits(key.benchmark, key.unit),
        old=_estimate(pair.old),
        new=_estimate(pair.new),
        old_values=pair.old.values if pair.old else (),
        new_values=pair.new.values if pair.new else (),
        differences=bench.differences,
        warnings=tuple(_doubts(pair, bench)),
    )
    if blank.old is None or blank.new is None:
        one_sided = Verdict.INCOMPARABLE if blank.old is blank.new else Verdict.NEW if blank.old is None else Verdict.REMOVED
        return replace(blank, verdict=one_sided, reason="no samples" if one_sided is Verdict.INCOMPARABLE else "")
    if bench.differences and not bench.anyway:
        said = "; ".join(map(str, bench.differences))
        return replace(blank, verdict=Verdict.INCOMPARABLE, reason=f"made under different circumstances: {said}")
    if bench.derived:
        found = intervals.ratio(blank.old_values, blank.new_values, policy.alpha)
        return replace(blank, method=Method.DERIVED, centre=found.centre, interval=(found.low, found.high))
    return _exactly(blank) if bench.exact and _constant(blank) else _by_ranks(blank, policy.alpha)


def _estimate(series: Series | None) -> Estimate | None:
    return intervals.estimate(series.values) if series and series.values else None


def _constant(one: Comparison) -> bool:
    return len({*one.old_values}) == len({*one.new_values}) == 1


def _doubts(pair: _Pair, bench: _Bench) -> Iterator[str]:
    """Yield what a reader should know of one comparison besides its verdict."""
    sides = {"old": pair.old, "new": pair.new}
    for side, series in sides.items():
        if series and series.doubled:
            yield f"{side}: the unit stands twice on {series.doubled} lines, the first counts"
        if series and not all(map(math.isfinite, series.values)):
            yield f"{side}: a value is infinite or no number"
        if series and bench.exact and len(set(series.values)) > 1:
            yield f"{side}: values differ from sample to sample, so they are judged by ranks and not exactly"
    if bench.differences and bench.anyway:
        yield "compared anyway, although made under different circumstances: " + "; ".join(map(str, bench.differences))
    if not bench.better:
        yield "it is not known which way this unit improves, so it never gates"


def _exactly(one: Comparison) -> Comparison:
    """Judge a metric all of whose samples agree, on each side."""
    old, new = one.old_values[0], one.new_values[0]
    if old == new:
        ratio = 1.0
    elif old > 0 and new >= 0 and math.isfinite(old) and math.isfinite(new):
        ratio = new / old
    elif old == 0 and new > 0:
        ratio = math.inf
    else:
        return replace(one, reason="values that are negative or no numbers have no ratio")
    verdict = verdicts.exactly(ratio, one.better, one.limits)
    return replace(
        one, method=Method.EXACT, verdict=verdict, centre=ratio, interval=(ratio, ratio),
        reason="it changed, and it is not known whether for the worse" if verdict is Verdict.CANNOT_TELL else "",
    )  # fmt: skip


def _by_ranks(one: Comparison, alpha: float) -> Comparison:
    """Return the ratio of a metric that varies; its test is made with all others."""
    values = (*one.old_values, *one.new_values)
    if all(0 < value < math.inf for value in values):
        found = intervals.ratio(one.old_values, one.new_values, alpha)
        return replace(one, method=Method.RANKS, centre=found.centre, interval=(found.low, found.high))
    if len(set(values)) == 1 and math.isfinite(values[0]):
        # All samples of both sides agree, as custom counters do at 0.
        return replace(one, method=Method.RANKS, centre=1.0, interval=(1.0, 1.0))
    return replace(one, reason="values of 0 and below, or no numbers, have no ratio")


def _in_family(one: Comparison) -> bool:
    """Say whether a test is one of those that the gate's correction is for."""
    return one.method is Method.RANKS and one.better != ""


def _judged(drafts: Sequence[Comparison], policy: Policy) -> list[Comparison]:
    """Return *drafts* with the tests made and the verdicts given."""
    tested = [index for index, one in enumerate(drafts) if one.method is Method.RANKS]
    tests = ranktest.mann_whitney_many([(drafts[index].old_values, drafts[index].new_values) for index in tested])
    ps = dict(zip(tested, (test.p for test in tests), strict=True))
    family = [index for index in tested if _in_family(drafts[index])]
    gate = dict(zip(family, multiplicity.holm([ps[index] for index in family]), strict=True))
    report = dict(zip(tested, multiplicity.benjamini_hochberg(list(ps.values())), strict=True))
    level = policy.alpha / max(1, len(family))
    judged = list(drafts)
    for index, test in zip(tested, tests, strict=True):
        one = drafts[index]
        if not test.exact:
            one = replace(one, warnings=(*one.warnings, f"p is approximate above {ranktest.EXACT} samples in all"))
        judged[index] = _decided(one, Chances(ps[index], gate.get(index), report[index]), policy.alpha, level)
    return judged


def _decided(one: Comparison, chances: Chances, alpha: float, level: float) -> Comparison:
    ratio = _ratio(one)
    verdict = verdicts.by_ranks(ratio, chances, one.better, one.limits, alpha)
    sizes = len(one.old_values), len(one.new_values)
    blind = one.better != "" and not verdict.bad and ranktest.least_p(*sizes) > level
    decided = replace(
        one, p=chances.p, p_gate=chances.gate, p_report=chances.report, verdict=verdict,
        needed=ranktest.samples_needed(level) if blind else 0,
    )  # fmt: skip
    if verdict is not Verdict.CANNOT_TELL:
        return decided
    found = verdicts.detectable(intervals.ratio(one.old_values, one.new_values, level), ratio, one.limits)
    return replace(decided, detectable=found, reason=_why(decided, chances, alpha, found))


def _ratio(one: Comparison) -> Ratio:
    assert one.centre is not None  # noqa: S101 - only what has a ratio is tested
    assert one.interval is not None  # noqa: S101 - as above
    return intervals.Ratio(one.centre, *one.interval)


def _why(one: Comparison, chances: Chances, alpha: float, found: float) -> str:
    """Return why nothing can be told, the strongest reason first."""
    if one.needed:
        return f"too few samples for the gate: at least {one.needed} a side are needed"
    if not math.isfinite(found):
        return "too few samples to see any change"
    if chances.report > alpha:
        return f"the smallest change that it could have seen: {found:.2%}"
    if not one.better:
        return "it changed, and it is not known whether for the worse"
    worse = verdicts.worsening(_ratio(one).centre, one.better) >= one.limits.regression
    if worse:
        return f"probably worse, but not sure enough for the gate; a change of {found:.2%} mostly would be"
    return _beside_the_floor(one)


def _beside_the_floor(one: Comparison) -> str:
    """Return why a change that is no regression is not "same" either."""
    low, high = sorted(verdicts.worsening(end, one.better) for end in one.interval or (1.0, 1.0))
    if low > one.limits.floor:
        return f"surely worse by more than the floor of {one.limits.floor:.2%}, but by less than what is a regression"
    if high < -one.limits.floor:
        return f"surely better by more than the floor of {one.limits.floor:.2%}, but by less than what is an improvement"
    return f"it changed, but not surely by less than {one.limits.floor:.2%} nor by more"


def _with_times(judged: Iterable[Comparison]) -> list[Comparison]:
    """Return *judged*, the derived rates with the verdict of the time that they derive from."""
    every = list(judged)
    times = {(one.package, one.benchmark, one.procs): one.verdict for one in every if one.unit == TIME}
    return [
        replace(one, verdict=times[one.package, one.benchmark, one.procs], reason=f"follows from {TIME}, not tested again")
        if one.method is Method.DERIVED
        else one
        for one in every
    ]


def _side(name: str, results: Results, samples: Mapping[Key, Series]) -> Side:
    configs = list({id(config): config for one in samples.values() for config in one.configs}.values())
    about = {key: value for key in _SHOWN if (value := environment.told(configs, key))}
    return Side(
        name=name, about=about, results=len(results.results), problems=tuple(map(str, results.problems)),
        failures=len(results.failures) + sum(isinstance(one, Setting) and one.key in _ENDS for one in results),
    )  # fmt: skip


def _run_warnings(
    sides: Sequence[Side], judged: Sequence[Comparison], differences: Sequence[Difference], *, anyway: bool
) -> tuple[str, ...]:
    found = []
    for side in sides:
        if not side.results:
            found.append(f"{side.name}: no results in it")
        if side.problems:
            more = f", and {len(side.problems) - 1} more" if len(side.problems) > 1 else ""
            found.append(f"{side.name}: bad lines were left out: {side.problems[0]}{more}")
        if side.partial:
            found.append(f"{side.name}: a partial run, part of it failed")
        if side.about.get("dirty", "").lower() not in _FALSE:
            found.append(f"{side.name}: made from a tree with changes that are in no commit")
    if differences:
        verb = "compared anyway, although" if anyway else "not compared, because"
        found.append(f"{verb} the circumstances differ: " + "; ".join(map(str, differences)))
    edited = len({(one.package, one.benchmark) for one in judged if any(d.key == environment.SOURCE for d in one.differences)})
    if edited:
        found.append(f"benchmarks edited between the runs, and {'compared anyway' if anyway else 'so not compared'}: {edited}")
    return tuple(found)
