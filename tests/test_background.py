import asyncio
import threading

from clusterkit.background import Background


def test_without_a_loop_work_is_done_at_once():
    done = []
    Background().run("cut", lambda: 3, done.append)
    assert done == [3]


def test_of_what_waits_only_the_newest_is_done():
    gate, started, worked, done = threading.Event(), threading.Event(), [], []

    def make(number, holds=False):
        def work():
            if holds:
                started.set()
                assert gate.wait(20)
            worked.append(number)
            return number

        return work

    async def drag():
        background = Background()
        background.run("cut", make(0, holds=True), done.append)
        assert await asyncio.to_thread(started.wait, 20)
        for number in range(1, 50):
            background.run("cut", make(number), done.append)
        background.run("map", make("map"), done.append)
        assert not done, "the loop is not held up by the work"
        gate.set()
        while len(done) < 3:
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(drag(), 30))
    assert worked == done == [0, 49, "map"]


def test_an_error_is_logged_and_what_waits_is_still_done(caplog):
    done = []

    async def fail():
        background = Background()
        background.run("cut", lambda: 1 / 0, done.append)
        background.run("map", lambda: 2, done.append)
        while not done:
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(fail(), 30))
    assert done == [2]
    assert "the cut could not be computed" in caplog.text
