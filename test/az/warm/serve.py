"""Runs the real az again and again without loading Python's modules each time.

Nine tenths of what a short az command costs is the import of its modules. This process imports them once and forks
for each command; the child then runs /usr/bin/az's own entry point, with its own arguments, variables, folder and
open files, and ends as any process does. What a child imported besides is imported here too, for those that follow.

Argument: the path of the Unix socket to listen on. When its standard input ends, it removes the socket's folder
and ends too: so it does when the test that started it was killed.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import sys
import traceback

ENTRY_POINT = "azure.cli"
#: What every command needs; the rest is learned from the commands.
FIRST_MODULES = ("azure.cli.core", "azure.cli.core.telemetry", "azure.cli.core.intercept_survey")
REQUEST_BYTES_MAX = 1 << 20
#: A list of modules that is larger is cut off by the socket, does not parse, and is not learned.
LEARNED_BYTES_MAX = 1 << 20


def main(path):
    os.environ["AZ_INSTALLER"] = "DEB"  # as /usr/bin/az does
    learn(FIRST_MODULES)
    learning, taught = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for end in (learning, taught):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LEARNED_BYTES_MAX)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin.fileno(), selectors.EVENT_READ, lambda: leave(path))
    waiting.register(learning, selectors.EVENT_READ, lambda: learn_from(learning))
    waiting.register(listener, selectors.EVENT_READ, lambda: accept(listener, waiting, taught))
    while True:
        for key, _ in waiting.select():
            key.data()


def leave(path):
    shutil.rmtree(os.path.dirname(path), ignore_errors=True)
    sys.exit(0)


def learn_from(learning):
    try:
        learn(json.loads(learning.recv(LEARNED_BYTES_MAX)))
    except ValueError:
        pass


def learn(names):
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # a module that cannot be imported alone costs those that need it their time, no more
            pass
    gc.collect()
    gc.freeze()  # the children share these pages as long as nothing writes to them


def accept(listener, waiting, taught):
    connection, _ = listener.accept()
    request, files, _, _ = socket.recv_fds(connection, REQUEST_BYTES_MAX, 3)
    if len(files) != 3:
        connection.close()
        return
    child = os.fork()
    if child == 0:
        become(json.loads(request), files, taught)
    for file in files:
        os.close(file)
    watch(child, connection, waiting)


def watch(child, connection, waiting):
    """Tells the client how the child ended, and ends the child when the client is gone."""
    handle = os.pidfd_open(child)

    def end():
        waiting.unregister(handle)
        waiting.unregister(connection)
        os.close(handle)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        try:
            connection.sendall(bytes([status if status >= 0 else 128 - status]))
        except OSError:
            pass
        connection.close()

    def kill():
        if handle in waiting.get_map():
            signal.pidfd_send_signal(handle, signal.SIGKILL)

    waiting.register(handle, selectors.EVENT_READ, end)
    waiting.register(connection, selectors.EVENT_READ, kill)


def become(request, files, taught):
    """Never returns: from here on this process is az."""
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"], AZ_INSTALLER="DEB")
    sys.argv = ["/usr/bin/az", *request["arguments"]]
    known = set(sys.modules)
    code = run_az()
    atexit._run_exitfuncs()
    teach(taught, known)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Python's own end would touch, and so copy, the pages of every module


def run_az():
    try:
        runpy.run_module(ENTRY_POINT, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 255
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def teach(taught, known):
    """`__main__` is az itself, which no other command may find loaded."""
    names = [name for name in sys.modules if name not in known and not name.startswith(f"{ENTRY_POINT}.__")]
    if names:
        taught.setblocking(False)
        try:
            taught.send(json.dumps(names).encode())
        except OSError:
            pass


main(sys.argv[1])
