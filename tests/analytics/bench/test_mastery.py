"""The bench: files read or refused, scores by hand, Best-LR at its optimum, and the bars on data that are not ours."""

import os
from pathlib import Path

import numpy as np
import pytest

from analytics import simulate
from analytics.bench import best_lr, mastery
from analytics.bench.answers import BadAnswers, read
from analytics.bench.scores import auc, difference, score
from analytics.mastery.model import Answer

SHARED_VARIABLE = "GIOTAY_TEST_SHARED"
HEAD = "user_id\titem_id\ttimestamp\tcorrect\tskill_id\n"


def write(path: Path, seed: int, pupils: int = 60) -> Path:
    world = simulate.school(seed, simulate.Plan(pupils=pupils, objectives=6, lessons=6))
    rows = [f"{seed}{a.pupil}\t{a.item}\t0\t{a.share:.0f}\t{a.objectives[0]}\n" for a in world.answers]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "missing: user_id"),
        (HEAD, "there is no answer"),
        (HEAD + "1\t2\t0\t2\t3\n", "line 2: correct is '2'"),
        (HEAD + "1\t2\t0\n", "line 2: 3 cells where 5 are due"),
        (HEAD.replace("skill_id", "skill"), "missing: skill_id"),
    ],
)
def test_a_file_that_is_no_table_of_answers(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "answers.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadAnswers, match=says):
        read(path)


def test_a_file_that_says_it_is_packed(tmp_path: Path) -> None:
    path = tmp_path / "answers.tsv.gz"
    path.write_text(HEAD, encoding="utf-8")
    with pytest.raises(BadAnswers, match="cannot be read"):
        read(path)


def test_interleaving_keeps_each_pupils_order() -> None:
    pupils = {p: [Answer(p, f"{p}{n}", ("o",), 1) for n in range(9)] for p in "abc"}
    mixed = simulate.interleave(pupils, 1)
    assert mixed == simulate.interleave(pupils, 1)
    assert {p: [a for a in mixed if a.pupil == p] for p in "abc"} == pupils
    assert [a.pupil for a in mixed] != sorted(a.pupil for a in mixed)


def test_scores_by_hand() -> None:
    right, chance = np.array([1.0, 0, 1, 0]), np.array([0.9, 0.8, 0.8, 0.1])
    assert auc(right, chance) == pytest.approx(3.5 / 4)
    found = score(right, chance)
    assert found.log_loss == pytest.approx(-np.log([0.9, 0.2, 0.8, 0.9]).mean())
    assert found.ece == pytest.approx((0.1 + 0.6 + 0.1) / 4)
    assert np.isnan(auc(np.ones(3), np.arange(3.0)))


def test_a_forecast_against_itself_differs_by_nothing() -> None:
    right, chance = np.array([1.0, 0, 1, 0] * 9), np.linspace(0, 1, 36)
    assert difference(right, chance, chance, np.arange(36) % 6, seed=1, draws=20) == (0, 0)


def test_best_lr_is_where_no_weight_wants_to_move() -> None:
    answers = list(simulate.school(1, simulate.Plan(pupils=30, objectives=4, lessons=4)).answers)
    fitted = best_lr.fit(answers)
    errors = fitted.chances(answers) - np.array([a.share for a in answers])
    assert abs(errors.sum()) < 1e-3
    for item, place in fitted.items.items():
        slope = sum(e for e, a in zip(errors, answers, strict=True) if a.item == item)
        assert slope + fitted.weights[1 + place] == pytest.approx(0, abs=1e-3)


def test_a_run_on_simulated_files(tmp_path: Path) -> None:
    train, test = write(tmp_path / "train.tsv", 1, 15), write(tmp_path / "test.tsv", 2, 15)
    report = mastery.run(train, test, None, tell=lambda _: None)
    (result,) = report.results
    assert (report.rows, report.test_pupils, report.training_pupils) == (48 * 15, 15, 15)
    assert result.low <= result.gain <= result.high
    assert result.ours.auc > 0.5
    assert "items frozen" in report.text()


@pytest.mark.slow
def test_a_run_says_the_same_again_and_draws_classes(tmp_path: Path) -> None:
    train, test = write(tmp_path / "train.tsv", 1), write(tmp_path / "test.tsv", 2)
    report = mastery.run(train, test, None, tell=lambda _: None)
    assert report.text() == mastery.run(train, test, None, tell=lambda _: None).text()
    some = mastery.run(train, test, 20, tell=lambda _: None)
    assert len(some.results) == mastery.DRAWS
    assert "mean of 5 draws" in some.text()


def test_more_pupils_than_there_are_and_pupils_of_both_files(tmp_path: Path) -> None:
    train, test = write(tmp_path / "train.tsv", 1), write(tmp_path / "test.tsv", 2)
    with pytest.raises(ValueError, match="holds 60 pupils"):
        mastery.run(train, test, 61, tell=lambda _: None)
    with pytest.raises(ValueError, match="60 pupils stand in both"):
        mastery.run(train, train, None, tell=lambda _: None)


def shared(name: str) -> Path:
    folder = os.environ.get(SHARED_VARIABLE)
    if not folder:
        pytest.skip(f"the evaluation data are not part of the project; name their folder in {SHARED_VARIABLE}")
    (path,) = Path(folder).rglob(f"assistments09/{name}.tsv.gz")
    return path


@pytest.mark.slow
@pytest.mark.needs_shared_data
def test_the_bars_on_assistments_2009() -> None:
    report = mastery.run(shared("train"), shared("test"), None, tell=lambda _: None)
    (result,) = report.results
    assert result.ours.auc >= 0.772
    assert result.ours.log_loss <= 0.530
    assert result.ours.ece <= 0.012
    assert result.best_lr.auc >= 0.764
    assert result.low > 0


@pytest.mark.slow
@pytest.mark.needs_shared_data
def test_forty_training_pupils() -> None:
    report = mastery.run(shared("train"), shared("test"), 40, tell=lambda _: None)
    assert np.mean([r.ours.auc for r in report.results]) >= 0.725
    assert np.mean([r.gain for r in report.results]) >= 0.04
