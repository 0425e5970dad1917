"""Figures of classifiers against published worked examples, and scikit-learn if it is there."""

import math

import numpy as np
import pytest
from tinyscope.evaluation.classification import classify, confusion_matrix, wilson_interval
from tinyscope.evaluation.curves import average_precision, roc_auc, roc_curve


def test_liver_scans_of_altman_and_bland():
    # Altman and Bland, "Diagnostic tests 1: sensitivity and specificity", BMJ 308:1552, 1994, and
    # "Diagnostic tests 2: predictive values", BMJ 309:102: 231 of 258 ill and 54 of 86 well found.
    truth = ["ill"] * 258 + ["well"] * 86
    answers = ["ill"] * 231 + ["well"] * 27 + ["ill"] * 32 + ["well"] * 54
    ill = classify(truth, answers).figures_of("ill")
    assert ill.recall == pytest.approx(0.90, abs=0.005)
    assert ill.specificity == pytest.approx(0.63, abs=0.005)
    assert ill.precision == pytest.approx(0.88, abs=0.005)


def test_three_classes_of_scikit_learns_user_guide():
    # scikit-learn's documentation of precision_score, recall_score and f1_score.
    figures = classify([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1])
    assert figures.confusion.tolist() == [[2, 0, 0, 0], [1, 0, 1, 0], [0, 2, 0, 0]]
    assert figures.macro("precision") == pytest.approx(2 / 9)
    assert figures.macro("recall") == pytest.approx(1 / 3)
    assert figures.macro("f1") == pytest.approx(0.8 / 3)
    assert figures.accuracy == pytest.approx(1 / 3)


def test_balanced_accuracy_is_the_mean_recall():
    # scikit-learn's documentation of balanced_accuracy_score.
    figures = classify([0, 1, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1])
    assert figures.balanced_accuracy == pytest.approx(0.625)


def test_roc_of_fawcett():
    # Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27, 2006, figure 3:
    # twenty test instances; the point (0.1, 0.5) at threshold 0.54 has the highest accuracy.
    kinds = [letter == "p" for letter in "ppnpppnnpnpnpnnnpnpn"]
    score = [0.9, 0.8, 0.7, 0.6, 0.55, 0.54, 0.53, 0.52, 0.51, 0.505]
    score += [0.4, 0.39, 0.38, 0.37, 0.36, 0.35, 0.34, 0.33, 0.30, 0.1]
    false, true, thresholds = roc_curve(kinds, score)
    at = int(np.flatnonzero(thresholds == 0.54)[0])
    assert (false[at], true[at]) == (0.1, 0.5)
    assert len(false) == 21 and (false[-1], true[-1]) == (1.0, 1.0)
    # Of the 10 x 10 pairs 68 are in order, counted by hand.
    assert roc_auc(kinds, score) == (pytest.approx(0.68), "")


def test_curves_of_scikit_learns_user_guide():
    kinds, score = [False, False, True, True], [0.1, 0.4, 0.35, 0.8]
    assert roc_auc(kinds, score)[0] == pytest.approx(0.75)
    assert average_precision(kinds, score)[0] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_equal_scores_count_half_whatever_their_order():
    score = [0.5, 0.5, 0.5, 0.5]
    for kinds in ([True, True, False, False], [False, False, True, True]):
        assert roc_auc(kinds, score)[0] == 0.5
        assert average_precision(kinds, score)[0] == 0.5
        false, true, thresholds = roc_curve(kinds, score)
        assert (false.tolist(), true.tolist()) == ([0, 1], [0, 1])
        assert thresholds.tolist() == [math.inf, 0.5]


def test_wilson_interval_of_newcombe():
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine
    # 17, 1998, table I, method 3.
    for right, total, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson_interval(right, total) == pytest.approx((low, high), abs=5e-5)


def test_what_is_not_defined_says_why():
    figures = classify(["a", "a", "b"], ["a", "a", "a"], labels=["a", "b", "c"])
    a, b, c = figures.per_class
    assert math.isnan(b.precision) and b.recall == 0 and b.f1 == 0
    assert figures.undefined["b.precision"] == "never answered"
    assert math.isnan(c.recall) and figures.undefined["c.recall"] == "no sample of this class"
    assert math.isnan(c.f1) and c.specificity == 1.0
    # What occurs nowhere is no part of a mean, what is never answered is.
    assert figures.macro("precision") == pytest.approx((2 / 3 + 0) / 2)
    assert figures.macro("recall") == pytest.approx((1 + 0) / 2)
    assert figures.undefined["a.auc"] == "no scores"


def test_one_class_only_has_no_curve_and_no_specificity():
    scores = [[0.9, 0.1], [0.4, 0.6]]
    figures = classify(["a", "a"], ["a", "b"], labels=["a", "b"], scores=scores)
    a, b = figures.per_class
    assert math.isnan(a.specificity) and math.isnan(a.auc) and math.isnan(b.auc)
    assert figures.undefined["a.auc"] == "no sample of another class"
    assert figures.undefined["b.auc"] == "no sample of this class"
    assert math.isnan(figures.macro("auc")) and figures.roc == {}
    assert figures.accuracy == 0.5


def test_no_answer_is_wrong_for_its_class_and_no_other():
    figures = classify(["a", "a", "b", "b"], ["a", None, "b", "b"])
    assert figures.confusion.tolist() == [[1, 0, 1], [0, 2, 0]]
    assert (figures.unanswered, figures.accuracy) == (1, 0.75)
    a, b = figures.per_class
    assert (a.precision, a.recall, b.precision, b.specificity) == (1.0, 0.5, 1.0, 1.0)


def test_no_samples_at_all():
    figures = classify([], [], labels=["a"])
    assert math.isnan(figures.accuracy) and math.isnan(figures.balanced_accuracy)


def test_samples_without_scores_are_left_out_of_curves_only():
    scores = [[0.9, 0.1], [np.nan, np.nan], [0.2, 0.8]]
    figures = classify(["a", "a", "b"], ["a", None, "b"], labels=["a", "b"], scores=scores)
    assert figures.figures_of("a").auc == 1.0
    assert figures.accuracy == pytest.approx(2 / 3)


def test_wrong_arguments_say_what_is_wrong():
    with pytest.raises(ValueError, match="2 true classes, but 1 answers"):
        classify(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="'c' is not among the labels"):
        confusion_matrix(["a"], ["c"], ["a", "b"])
    with pytest.raises(ValueError, match=r"need \(1, 2\)"):
        classify(["a"], ["a"], labels=["a", "b"], scores=[[0.1, 0.2, 0.7]])
    with pytest.raises(ValueError, match="no ROC curve: no sample of this class"):
        roc_curve([False], [0.5])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_equals_scikit_learn_on_random_answers(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(seed)
    labels = ["ring", "wing", "slope", "none"]
    truth = random.choice(labels, 200, p=[0.1, 0.2, 0.3, 0.4])
    # Few distinct scores, so that many are equal.
    scores = np.round(random.dirichlet(np.ones(4), 200) + (truth[:, None] == labels) * 0.3, 1)
    answers = [labels[best] for best in scores.argmax(axis=1)]
    ours = classify(list(truth), answers, labels=labels, scores=scores)

    expected = metrics.confusion_matrix(truth, answers, labels=labels)
    assert (ours.confusion[:, :4] == expected).all()
    assert ours.accuracy == pytest.approx(metrics.accuracy_score(truth, answers))
    assert ours.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(truth, answers))
    for mean, of in (("macro", ours.macro), ("weighted", ours.weighted)):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            truth, answers, labels=labels, average=mean, zero_division=0
        )
        assert of("precision") == pytest.approx(precision)
        assert of("recall") == pytest.approx(recall)
        assert of("f1") == pytest.approx(f1)
    for number, label in enumerate(labels):
        figures, column = ours.figures_of(label), scores[:, number]
        assert figures.auc == pytest.approx(metrics.roc_auc_score(truth == label, column))
        assert figures.average_precision == pytest.approx(
            metrics.average_precision_score(truth == label, column)
        )
        false, true, thresholds = metrics.roc_curve(truth == label, column, drop_intermediate=False)
        for our_points, points in zip(ours.roc[label], (false, true, thresholds)):
            assert our_points[1:] == pytest.approx(points[1:])


def test_equals_scikit_learn_where_a_class_is_never_answered():
    metrics = pytest.importorskip("sklearn.metrics")
    truth, answers = ["a", "b", "c", "c"], ["a", "a", "c", "d"]
    ours = classify(truth, answers)
    expected = metrics.precision_recall_fscore_support(
        truth, answers, average="macro", zero_division=0
    )
    means = [ours.macro(figure) for figure in ("precision", "recall", "f1")]
    assert means == pytest.approx(expected[:3])
