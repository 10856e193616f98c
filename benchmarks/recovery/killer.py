"""Run `lanemark` and kill it, with everything below it, right before the Nth thing it does to files or processes.

The interpreter tells an audit hook of every file that is opened to be written, renamed, removed, made, linked, and of every
process that is started. The hook is set here, in front of the program; nothing of the program knows of it.

    killer.py COUNT,DESCRIPTOR WORDS...    COUNT 0: kill nobody, and write to the descriptor how many events there were
"""

import os
import signal
import sys

CHANGING = frozenset({
    "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.chmod", "os.utime", "os.truncate",
    "fcntl.flock", "subprocess.Popen", "os.kill",
})  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def below(pid):
    """Yield all processes below `pid`."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children") as listed:
                children = [int(child) for child in listed.read().split()]
        except OSError:
            continue
        for child in children:
            yield from below(child)
            yield child


class Killer:
    def __init__(self, at):
        self.at, self.count, self.busy = at, 0, False

    def __call__(self, event, arguments):
        if self.busy or not (event in CHANGING or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING)):
            return
        self.count += 1
        if self.count == self.at:
            self.busy = True
            for pid in list(below(os.getpid())):
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    from lanemark.cli.main import main

    at, told = map(int, sys.argv[1].split(","))
    os.set_inheritable(told, False)
    killer = Killer(at)
    sys.addaudithook(killer)
    status = main(sys.argv[2:])
    counted = killer.count
    killer.busy = True
    if killer.at == 0:
        os.write(told, b"%d" % counted)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
