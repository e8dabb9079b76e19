"""A ClickHouse server for tests, made of chDB's library: clickhouse-local's entry, told to listen.

Usage: stand_in.py LIBRARY DIRECTORY CONFIG ADDRESS PORT. It listens for as long as its last statement runs.
A stand-in only: replicated tables stay read-only in it, and nobody supports it. The official server is for
real use.
"""
import ctypes
import signal
import socket
import sys
import threading
import time

library, directory, config, address, port = sys.argv[1:6]
query = b"""SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP;
SELECT sleepEachRow(3) FROM numbers(1000000)
SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0 FORMAT Null"""
words = [b"clickhouse", b"--path", directory.encode(), b"--config-file", config.encode(), b"--query", query]
libc = ctypes.CDLL(None)


def keep_running():
    """Takes the library's end on SIGABRT from it when it listens.

    A server catches the failure of a connection that its peer reset; clickhouse-local ends. Here the thread
    of that connection waits for ever instead.
    """
    while True:
        try:
            socket.create_connection((address, int(port)), 1).close()
            break
        except OSError:
            time.sleep(0.01)
    libc.signal(signal.SIGABRT, ctypes.cast(libc.pause, ctypes.c_void_p))


signal.signal(signal.SIGPIPE, signal.SIG_IGN)
die_with_parent = 1
libc.prctl(die_with_parent, signal.SIGKILL)
threading.Thread(target=keep_running, daemon=True).start()
run = ctypes.CDLL(library).query_stable_v2
run.restype = ctypes.c_void_p
run(len(words), (ctypes.c_char_p * len(words))(*words))
