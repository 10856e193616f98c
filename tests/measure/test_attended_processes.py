"""Looking after processes of somebody else: preparation, failures that count, and logs that fill no disk."""

import os

import pytest

from lanemark.measure.attended import CHATTY_BYTES, AttendedProcesses, EndedError
from lanemark.ports import Command
from lanemark.process.spawn import Spawner
from lanemark.store.files import DiskFiles


@pytest.fixture
def attend(tmp_path):
    def make(**more):
        return AttendedProcesses(processes=Spawner(), files=DiskFiles(), **more)

    return make


def shell(tmp_path, line, **more):
    return Command(argv=("sh", "-c", line), cwd=str(tmp_path), environment=dict(os.environ), stderr=f"{tmp_path}/log", **more)


def test_the_preparation_is_not_in_the_account_of_the_run(tmp_path, attend):
    attended = attend(prepare="i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done; echo x >> n")
    ended = attended.run(shell(tmp_path, "test -s n"))
    assert ended.status == 0
    prepared = Spawner().run(shell(tmp_path, attended.prepare))
    assert ended.usage.cpu_s < prepared.usage.cpu_s / 2


def test_a_preparation_that_hangs_is_ended_with_the_time_of_the_run(tmp_path, attend):
    with pytest.raises(EndedError, match="its time was up"):
        attend(prepare="sleep 60").run(shell(tmp_path, "true", timeout_s=0.2))


def test_failing_runs_count_as_working_only_where_that_is_asked_for(tmp_path, attend):
    assert attend().run(shell(tmp_path, "exit 5")).status == 5
    patient = attend(ignore_failure=True)
    assert patient.run(shell(tmp_path, "exit 5")).status == 0
    assert patient.run(shell(tmp_path, "kill -9 $$")).status == 0
    assert patient.failures == {5: 1, 137: 1}
    assert patient.runs == 2


def test_a_run_that_hung_or_never_started_is_no_measurement_whatever_is_ignored(tmp_path, attend):
    patient = attend(ignore_failure=True)
    assert patient.run(shell(tmp_path, "sleep 60", timeout_s=0.2)).timed_out
    missing = Command(argv=("./no-such-thing",), cwd=str(tmp_path), environment={})
    assert patient.run(missing).status == 127
    assert patient.failures == {}


def test_error_output_is_kept_while_it_is_short(tmp_path, attend):
    attended, log = attend(), tmp_path / "log"
    attended.run(shell(tmp_path, "echo short >&2"))
    assert log.read_text() == "short\n"
    attended.run(shell(tmp_path, f"head -c {CHATTY_BYTES} /dev/zero >&2"))
    log.unlink()
    attended.run(shell(tmp_path, "echo again >&2"))
    assert not log.exists()


def test_output_is_thrown_away_or_kept_where_it_is_asked_for(tmp_path, attend):
    attend().run(shell(tmp_path, "echo words", stdout=f"{tmp_path}/out"))
    assert not (tmp_path / "out").exists()
    attend(output=f"{tmp_path}/kept").run(shell(tmp_path, "echo words"))
    assert (tmp_path / "kept").read_text() == "words\n"


def test_somebody_may_watch_before_every_run(tmp_path, attend):
    seen = []
    attended = attend(watch=lambda: seen.append(attended.runs))
    for _ in range(3):
        attended.run(shell(tmp_path, "true"))
    assert seen == [0, 1, 2]


def test_survivors_are_counted(tmp_path, attend):
    attended = attend()
    attended.run(shell(tmp_path, "sleep 60 &"))
    assert attended.survivors == 1
