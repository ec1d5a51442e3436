"""The loop: who is resumed, when, and what ends it."""

from __future__ import annotations

import threading
import time

import pytest

from winback.delivery.smtp.loop import Loop, news


def test_run_strands_take_turns_until_all_have_ended() -> None:
    loop, said = Loop(), list[str]()

    async def speak(name: str) -> None:
        for _ in range(2):
            said.append(name)
            await loop.sleep(0)
            await loop.sleep(0.001)

    loop.start(speak("a"))
    loop.start(speak("b"))
    loop.run()

    assert sorted(said) == ["a", "a", "b", "b"]


def test_call_from_another_thread_wakes_a_sleeping_loop() -> None:
    loop, heard = Loop(), list[str]()

    async def listen() -> None:
        while not heard:
            await news()

    strand = loop.start(listen())

    def tell() -> None:
        heard.append("news")
        loop.resume(strand)

    threading.Timer(0.05, lambda: loop.call(tell)).start()
    loop.run()

    assert (heard, strand.has_ended) == (["news"], True)


def test_at_cancelled_moment_never_comes() -> None:
    loop, came = Loop(), list[str]()
    loop.at(0.001, lambda: came.append("cancelled")).cancel()
    loop.at(0.002, lambda: came.append("kept"))

    async def wait() -> None:
        await loop.sleep(0.02)

    loop.start(wait())
    loop.run()

    assert came == ["kept"]


def test_sleep_resumed_for_nothing_goes_on_sleeping() -> None:
    loop, woken = Loop(), list[float]()

    async def wait() -> None:
        await loop.sleep(0.03)
        woken.append(time.monotonic())

    begun = time.monotonic()
    strand = loop.start(wait())
    for moment in (0.001, 0.002, 0.003):
        loop.at(moment, lambda: loop.resume(strand))
    loop.run()

    assert woken[0] - begun >= 0.03


def test_run_what_a_strand_raises_comes_out() -> None:
    loop = Loop()

    async def fail() -> None:
        raise ZeroDivisionError

    async def wait() -> None:
        await loop.sleep(60)

    loop.start(wait())
    loop.start(fail())

    with pytest.raises(ZeroDivisionError):
        loop.run()


def test_after_turn_is_called_before_anybody_sleeps() -> None:
    turns: list[int] = []
    loop = Loop(after_turn=lambda: turns.append(len(done)))
    done: list[str] = []

    async def work() -> None:
        done.append("first")
        await loop.sleep(0.001)
        done.append("second")

    loop.start(work())
    loop.run()

    assert turns[0] == 1
    assert turns[-1] == 2
