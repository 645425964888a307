import email.utils
import time
from threading import Event, Thread

import pytest
from helpers.embedding_service import FakeTime

from askew.net import RetryableError, ServiceError
from askew.net.retry import MAX_BACKOFF, UNREACHED, Clock, Limits, Retry, retry_after


class Failing:
    """Fails with each error once, then returns how often it was called."""

    def __init__(self, *errors: RetryableError) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


def reached(fake: FakeTime, limits: Limits = Limits()) -> Retry:  # noqa: B008
    retry = Retry("tiny", limits, fake.clock)
    retry.reached()
    return retry


def failures(count: int, retry_after: float = 0, shared: bool = False) -> Failing:
    return Failing(*[RetryableError("busy", retry_after, shared) for _ in range(count)])


def test_backoff_doubles_with_jitter_up_to_its_maximum() -> None:
    fake = FakeTime()
    assert reached(fake).call(failures(8), Event()) == 9
    assert all(0.25 * 2**n <= wait <= 0.5 * 2**n for n, wait in enumerate(fake.slept[:6]))
    assert all(MAX_BACKOFF / 2 <= wait <= MAX_BACKOFF for wait in fake.slept[6:])
    assert len(set(fake.slept)) == 8


@pytest.mark.parametrize("shared", [False, True])
def test_retry_after_is_a_minimum(shared: bool) -> None:
    fake = FakeTime()
    assert reached(fake).call(failures(2, 17, shared), Event()) == 3
    assert 33.9 < sum(fake.slept) < 34.1


def test_attempts_are_limited() -> None:
    function = failures(20, 2)
    with pytest.raises(ServiceError) as caught:
        reached(FakeTime(), Limits(attempts=4)).call(function, Event())
    assert (caught.value.attempts, caught.value.retry_after, function.calls) == (4, 2, 4)


def test_a_service_that_never_responded_gets_fewer_attempts() -> None:
    with pytest.raises(ServiceError) as caught:
        Retry("tiny", Limits(), FakeTime().clock).call(failures(20), Event())
    assert caught.value.attempts == UNREACHED


def test_a_wait_beyond_the_total_time_is_not_started() -> None:
    fake = FakeTime()
    with pytest.raises(ServiceError) as caught:
        reached(fake, Limits(total_seconds=80)).call(failures(20, 25), Event())
    assert caught.value.attempts == 4
    assert 74.9 < sum(fake.slept) < 75.1
    with pytest.raises(ServiceError) as caught:
        reached(fake).call(failures(1, 3600), Event())
    assert caught.value.attempts == 1
    assert sum(fake.slept) < 75.1


def test_other_errors_are_not_retried() -> None:
    fake = FakeTime()

    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        reached(fake).call(broken, Event())
    assert fake.slept == []


def test_requests_keep_to_the_rate() -> None:
    fake = FakeTime()
    retry = reached(fake, Limits(per_minute=30))
    for _ in range(4):
        retry.call(failures(0), Event())
    assert 5.5 < sum(fake.slept) <= 6


def test_a_shared_wait_delays_requests_of_other_threads() -> None:
    """The first request is rate limited; the second starts during its wait, and not before the end of it."""
    waiting, proceed, fake = Event(), Event(), FakeTime()
    slept = []

    def sleep(seconds: float, cancelled: Event) -> None:
        slept.append(seconds)
        waiting.set()
        if len(slept) == 1:
            assert proceed.wait(10)
        fake.clock.sleep(seconds, cancelled)

    retry = Retry("tiny", Limits(), Clock(fake.clock.now, sleep))
    retry.reached()
    first = Thread(target=retry.call, args=(failures(1, 20, shared=True), Event()))
    first.start()
    assert waiting.wait(10)
    assert retry.call(failures(0), Event()) == 1
    proceed.set()
    first.join(10)
    assert len(slept) == 2
    assert all(18 < seconds <= 20 for seconds in slept)


@pytest.mark.parametrize("shared", [False, True])
def test_cancelling_ends_a_wait_in_real_time(shared: bool) -> None:
    cancelled = Event()
    retry = Retry("tiny", Limits(), Clock())
    Thread(target=lambda: (time.sleep(0.1), cancelled.set())).start()
    start = time.monotonic()
    with pytest.raises(ServiceError):
        retry.call(failures(1, 100, shared), cancelled)
    assert time.monotonic() - start < 10


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after("17") == 17
    assert retry_after("0.5") == 0.5
    assert 38 < retry_after(email.utils.formatdate(time.time() + 40, usegmt=True)) < 41


@pytest.mark.parametrize("header", ["soon", "", "-5", "Mon, 99 Foo", "nan", "Sun, 06 Nov 1994 08:49:37"])
def test_a_retry_after_without_meaning_is_0(header: str) -> None:
    assert retry_after(header) == 0
