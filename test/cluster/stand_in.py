"""A ClickHouse server for tests, made of chDB's library: clickhouse-local's entry, told to listen.

Usage: stand_in.py LIBRARY DIRECTORY CONFIG. It listens for as long as its last statement runs. A stand-in
only: replicated tables stay read-only in it, and nobody supports it. The official server is for real use.
"""
import ctypes
import signal
import sys

library, directory, config = (word.encode() for word in sys.argv[1:4])
query = b"""SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP;
SELECT sleepEachRow(3) FROM numbers(1000000)
SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0 FORMAT Null"""
words = [b"clickhouse", b"--path", directory, b"--config-file", config, b"--query", query]

signal.signal(signal.SIGPIPE, signal.SIG_IGN)
die_with_parent = 1
ctypes.CDLL(None).prctl(die_with_parent, signal.SIGKILL)
run = ctypes.CDLL(library.decode()).query_stable_v2
run.restype = ctypes.c_void_p
run(len(words), (ctypes.c_char_p * len(words))(*words))
