"""Burn rates of error budgets, and feeds that are overdue."""

import pytest

from saekdong.evidence.health import find_burn, is_overdue

HOUR = 3600.0


def minutes(count, bad, end=10 * HOUR):
    """Return counts of 100 requests a minute, of them so many bad in the last `count` minutes."""
    return [(end - 60 * left, 100, bad if left <= count else 0) for left in range(600, 0, -1)]


def test_many_errors_page_within_the_hour():
    burn = find_burn(minutes(60, 5), 10 * HOUR, 0.001)
    assert burn is not None
    assert burn.urgency == "page"
    assert burn.rate == pytest.approx(50)


def test_few_errors_over_days_are_a_ticket():
    burn = find_burn(minutes(600, 1), 10 * HOUR, 0.008)
    assert burn is not None
    assert burn.urgency == "ticket"


def test_errors_that_have_ended_do_not_page():
    ended = [(start, requests, bad if start < 9 * HOUR else 0) for start, requests, bad in minutes(70, 5)]
    assert find_burn(ended, 10 * HOUR, 0.01) is None
    assert find_burn(minutes(0, 0), 10 * HOUR, 0.001) is None
    assert find_burn([], 10 * HOUR, 0.001) is None


def test_one_error_among_few_requests_does_not_page():
    assert find_burn([(10 * HOUR - 30, 2, 1)], 10 * HOUR, 0.001) is None


def test_a_feed_is_overdue_after_twice_its_rhythm():
    weekly = [7 * 24 * HOUR * week for week in range(5)]
    assert not is_overdue(weekly, weekly[-1] + 13 * 24 * HOUR)
    assert is_overdue(weekly, weekly[-1] + 15 * 24 * HOUR)
    assert not is_overdue(weekly[:3], 1e12)
