"""Cold, warm, one at a time, side by side, without the cache and after losses: the same files, byte for byte."""

import random
import shutil

import pytest

from cachebox import Box
from lanemark.cache.policy import Policy

OFF = Policy(read=False, write=False, why_off="--no-cache")


def make_box(folder, seed):
    """Return a workspace with up to nine stages in a random DAG: some without inputs, some that only look at what others wrote."""
    chance = random.Random(seed)
    box = Box(folder)
    names = [f"s{number}" for number in range(chance.randint(2, 9))]
    for place, name in enumerate(names):
        needs = tuple(sorted(chance.sample(names[:place], min(place, chance.randint(0, 3)))))
        for number in range(chance.randint(1, 4)):
            box.write(f"src/{name}/{number}.txt", f"{chance.randint(0, 3)}\n")
        reads = " ".join(f"{need}.d/sum {need}.txt" for need in needs)
        run = (
            f"rm -rf {name}.d; mkdir -p {name}.d/empty; cat src/{name}/*.txt {reads} | sha256sum | cut -c1-{chance.choice((1, 8))}"
            f" > {name}.d/sum; chmod +x {name}.d/sum; ln -s sum {name}.d/link; ls src/{name} > {name}.txt; cat {name}.d/sum"
        )
        inputs = () if chance.random() < 0.1 else (f"src/{name}/**",)
        box.add(name, run, needs=needs, inputs=inputs, outputs=(f"{name}.d/", f"{name}.txt"))
    return box


def mutate(box, chance):
    """Do one thing that people do to a workspace."""
    files = sorted(path for path in (box.root / "src").rglob("*.txt"))
    file = chance.choice(files)
    what = chance.randint(0, 5)
    if what == 0:
        file.write_text(f"{chance.randint(0, 3)}\n")
    elif what == 1:
        file.with_name(f"n{chance.randint(0, 9)}.txt").write_text("new\n")
    elif what == 2 and len(list(file.parent.iterdir())) > 1:
        file.unlink()
    elif what == 3:
        outputs = sorted(path for path in box.root.glob("*.txt"))
        if outputs:
            chance.choice(outputs).write_text("tampered\n")
    elif what == 4:
        for path in box.root.glob("*.d"):
            if chance.random() < 0.5:
                shutil.rmtree(path)
    else:
        box.write("s0.d/stray/file", "x")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_way_to_run_leaves_the_same_files(tmp_path, seed):
    box = make_box(tmp_path, seed)
    chance = random.Random(seed)
    for turn in range(3):
        box.run(jobs=chance.choice((1, 4)))
        warm = box.outputs()
        box.run(jobs=4)
        assert box.outputs() == warm, (turn, "side by side, warm")
        box.run(policy=OFF, jobs=chance.choice((1, 4)))
        assert box.outputs() == warm, (turn, "without the cache")
        for stage in box.stages.values():
            for output in stage.outputs:
                path = box.root / output
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        box.run(jobs=1)
        assert box.outputs() == warm, (turn, "restored")
        shutil.move(box.store, box.folder / f"store-{turn}")
        box.run(jobs=1)
        assert box.outputs() == warm, (turn, "cold")
        if chance.random() < 0.7:
            shutil.rmtree(box.store)
            shutil.move(box.folder / f"store-{turn}", box.store)
        mutate(box, chance)
