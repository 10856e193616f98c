"""What the kernel's counters say, read from files like its own, and from this machine."""

import os

import pytest

from lanemark.process.scene import SystemScene


def write(tmp_path, path, text):
    whole = tmp_path / path
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_text(text)


def test_the_own_control_group_counts_and_limits(tmp_path):
    write(tmp_path, "proc/self/cgroup", "0::/system.slice/job\n")
    write(tmp_path, "sys/fs/cgroup/system.slice/job/memory.events", "low 0\noom 2\noom_kill 3\noom_group_kill 0\n")
    write(tmp_path, "sys/fs/cgroup/system.slice/job/memory.max", "1048576\n")
    write(tmp_path, "proc/vmstat", "oom_kill 9\n")
    write(tmp_path, "proc/meminfo", "MemTotal:       8000 kB\n")
    look = SystemScene(root=f"{tmp_path}/").look(("/",))
    assert (look.oom_kills, look.memory_bytes) == (3, 1048576)
    assert len(look.rooms) == 1


def test_an_older_control_group_and_one_seen_from_a_container(tmp_path):
    write(tmp_path, "proc/self/cgroup", "7:cpu:/x\n4:memory:/docker/abc\n0::/\n")
    write(tmp_path, "sys/fs/cgroup/memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n")
    assert SystemScene(root=f"{tmp_path}/").look(()).oom_kills == 5


@pytest.mark.parametrize(
    ("text", "kills"), [("nr_free 1\noom_kill 4\n", 4), ("nr_free 1\n", None), ("oom_kill x\n", None), ("", None)]
)
def test_without_a_group_the_machine_counts(tmp_path, text, kills):
    write(tmp_path, "proc/vmstat", text)
    assert SystemScene(root=f"{tmp_path}/").look(()).oom_kills == kills


def test_where_nothing_is_told_nothing_is_known(tmp_path):
    look = SystemScene(root=f"{tmp_path}/").look(("/no/such/folder",))
    assert (look.oom_kills, look.memory_bytes, look.rooms) == (None, None, ())


def test_an_unlimited_group_leaves_the_machines_memory(tmp_path):
    write(tmp_path, "proc/self/cgroup", "0::/\n")
    write(tmp_path, "sys/fs/cgroup/memory.events", "oom_kill 0\n")
    write(tmp_path, "sys/fs/cgroup/memory.max", "max\n")
    write(tmp_path, "proc/meminfo", "MemTotal:       8 kB\n")
    assert SystemScene(root=f"{tmp_path}/").look(("/",)).memory_bytes == 8192


def test_only_what_was_written_since_is_new(tmp_path):
    scene = SystemScene()
    path = tmp_path / "report.xml"
    path.write_text("")
    names = (str(path), str(tmp_path / "later"), str(tmp_path / "none"))
    mark = scene.mark(names)
    assert [scene.is_newer(name, mark) for name in names] == [False, False, False]
    path.write_text("x")
    (tmp_path / "later").write_text("")
    os.utime(tmp_path / "later", (1, 1))
    assert [scene.is_newer(name, mark) for name in names] == [True, True, False]


def test_this_machine_tells_of_its_room(tmp_path):
    (room, *_) = SystemScene().look((str(tmp_path), str(tmp_path))).rooms
    assert room.free_bytes > 0
    assert 0 < room.free_share <= 1
