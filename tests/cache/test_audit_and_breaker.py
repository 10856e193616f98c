"""In the heaviest lane some replays are checked against a run, and a store that fails again and again is left alone."""

import shutil

from cachebox import Box, chain
from lanemark.cache.policy import AUDIT, MAX_PACK_BYTES, Policy, choose_policy
from lanemark.config.read import read_config
from lanemark.run.replay import is_audited

EVERY = Policy(audit=1)
RUN = {"GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "1"}


def lanes(*names):
    listed = "\n".join(f"  {name}: {{stages: [a]{', default: true' if name == names[0] else ''}}}" for name in names)
    return read_config(f"version: 1\nlanes:\n{listed}\nstages: {{a: {{run: 'true'}}}}\n", "f.yml")


def test_checked_replay_that_leaves_the_same_stays_kept(tmp_path):
    box = chain(tmp_path)
    box.environment = RUN
    box.run()
    entry = box.entry("gen").read_bytes()
    for path in ("gen.out", "dist/lib.out", "app.out"):
        (box.root / path).unlink()
    (box.root / "dist").rmdir()
    ran = box.run(policy=EVERY)
    assert ran.executed == ["gen", "lib", "app"]
    assert ran.why["gen"] == "nothing changed, but one in 1 replays is checked against a run"
    assert not [line for line in ran.said if line.startswith("warning")]
    assert box.entry("gen").read_bytes() != entry  # kept anew, by this run
    assert box.run().replayed == ["gen", "lib", "app"]


def test_checked_replay_that_leaves_something_else_is_put_away_and_not_kept(tmp_path):
    box = Box(tmp_path, environment=RUN)
    box.write("a.txt", "1\n")
    hidden = tmp_path / "undeclared"
    hidden.write_text("one\n")
    box.add("lie", f"cat {hidden} a.txt > out.txt", inputs=("a.txt",), outputs=("out.txt",))
    box.run()
    hidden.write_text("two\n")
    assert box.run().replayed == ["lie"]
    (box.root / "out.txt").unlink()
    ran = box.run(policy=EVERY)
    (warning,) = [line for line in ran.said if line.startswith("warning")]
    assert "lie left other outputs than on 20" in warning
    assert ": out.txt. What was kept is in quarantine" in warning
    assert box.read("out.txt") == "two\n1\n"
    assert len(list((box.store / "quarantine").iterdir())) == 1
    ran = box.run()
    assert ran.executed == ["lie"]
    assert box.run().replayed == ["lie"]


def test_nothing_is_checked_on_top_of_outputs_that_lie_there(tmp_path):
    """A command that cannot run twice in one place is no fault of the change's."""
    box = Box(tmp_path, environment=RUN)
    box.write("a.txt", "1\n")
    box.add("link", "mkdir -p db; cp a.txt db/table; ln -s table db/link", inputs=("a.txt",), outputs=("db/",))
    box.run()
    assert box.run(policy=EVERY).replayed == ["link"]
    shutil.rmtree(box.root / "db")
    assert box.run(policy=EVERY).executed == ["link"]


def test_where_no_run_of_github_is_nothing_is_checked(tmp_path):
    box = chain(tmp_path)
    box.run()
    assert box.run(policy=EVERY).replayed == ["gen", "lib", "app"]


class Asked:
    """What `is_audited` looks at."""

    def __init__(self, run, audit=AUDIT, attempt=1):
        self.policy = Policy(audit=audit)
        self.around = type("Around", (), {"run_id": run, "attempt": attempt})()


def test_one_in_twenty_is_drawn_by_key_and_run():
    keys = [f"sha256:{number:064x}" for number in range(4000)]
    drawn = [key for key in keys if is_audited(key, Asked(11))]
    assert 140 < len(drawn) < 260
    assert drawn == [key for key in keys if is_audited(key, Asked(11))]
    assert drawn != [key for key in keys if is_audited(key, Asked(12))]
    assert drawn != [key for key in keys if is_audited(key, Asked(11, attempt=2))]
    assert not any(is_audited(key, Asked(11, audit=0)) for key in keys)


def test_policies_go_by_the_weight_of_a_lane():
    config = lanes("docs", "standard", "heavy")
    found = {name: choose_policy(config, name, "pull_request") for name in ("docs", "standard", "heavy")}
    assert [one.audit for one in found.values()] == [0, 0, AUDIT]
    assert [one.max_pack_bytes for one in found.values()] == [100e6, MAX_PACK_BYTES, MAX_PACK_BYTES]
    assert choose_policy(lanes("only"), "only", "pull_request").audit == 0


def many(folder, count=6):
    box = Box(folder)
    box.write("a.txt", "1\n")
    for number in range(count):
        box.add(f"s{number}", f"echo {number} > {number}.out", inputs=("a.txt",), outputs=(f"{number}.out",))
    return box


def test_store_that_lost_its_contents_is_not_asked_for_ever(tmp_path):
    box = many(tmp_path)
    box.run()
    for path in box.blobs():
        path.unlink()
    for number in range(6):
        (box.root / f"{number}.out").unlink()
    ran = box.run()
    assert len(ran.executed) == 6
    assert [line for line in ran.said if "the cache is off for reading" in line] == [
        "warning: the cache is off for reading from here on: reading failed 3 times in this run"
    ]
    assert ran.why["s5"] == "cache off: reading failed 3 times in this run"
    assert box.run().replayed == [f"s{number}" for number in range(6)]


def test_store_that_cannot_be_written_to_is_warned_of_three_times_and_the_run_works(tmp_path):
    box = many(tmp_path)
    box.store.mkdir(parents=True)
    (box.store / "cas").write_text("a file where a folder must be")
    ran = box.run()
    assert len(ran.executed) == 6
    assert len([line for line in ran.said if " is not kept: " in line]) == 3
    assert len([line for line in ran.said if "the cache is off for writing" in line]) == 1


def test_result_that_is_too_large_is_no_failure_of_the_store(tmp_path):
    box = many(tmp_path)
    ran = box.run(policy=Policy(max_entry_bytes=1))
    assert len([line for line in ran.said if " is not kept: " in line]) == 6
    assert not [line for line in ran.said if "is off" in line]
