"""A ClickHouse server for tests, made of chDB's library: clickhouse-local's entry, told to listen.

Usage: stand_in.py LIBRARY DIRECTORY CONFIG. It listens for as long as its last statement runs.
A stand-in only: replicated tables stay read-only in it, and nobody supports it. The official server is for
real use.
"""
import ctypes
import mmap
import signal
import struct
import sys

library, directory, config = sys.argv[1:4]
query = b"""SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP;
SELECT sleepEachRow(3) FROM numbers(1000000)
SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0 FORMAT Null"""
words = [b"clickhouse", b"--path", directory.encode(), b"--config-file", config.encode(), b"--query", query]
libc = ctypes.CDLL(None)
word_bytes = 8
read_and_write = 3


def outlive_lost_connections():
    """Lets a connection that its peer broke off end alone, as it does in a server.

    Poco hands what a connection's thread threw to a handler. A server's handler logs it, and the socket is closed;
    clickhouse-local's, KillingErrorHandler, ends the process. Its three methods are replaced by one that returns.
    """
    handler = find_vtable(b"19KillingErrorHandler\0")
    first_method = handler + 2 * word_bytes  # Behind two destructors.
    page_bytes = mmap.PAGESIZE
    page = first_method - first_method % page_bytes
    if libc.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(2 * page_bytes), read_and_write) != 0:
        raise OSError("the handler's methods cannot be written")
    returns = ctypes.cast(libc.getpid, ctypes.c_void_p).value
    (ctypes.c_void_p * 3).from_address(first_method)[:] = [returns] * 3


def find_vtable(type_name):
    """The methods of a class of the library, found as the Itanium C++ ABI lays types out: a table of methods has 0
    and the type before it, and a type has its name's address as its second word."""
    with open("/proc/self/maps", encoding="ascii") as lines:
        places = [line.split() for line in lines if line.rstrip().endswith(library)]
    areas = [tuple(int(end, 16) for end in place[0].split("-")) + (place[1],) for place in places]
    with open(library, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content:
        name = areas[0][0] + content.find(type_name)  # The first part is loaded as it lies in the file.
    for start, end, access in areas:
        if "x" in access:
            continue
        words_there = ctypes.string_at(start, end - start)
        at = words_there.find(struct.pack("=Q", name))
        if at < 0:
            continue
        table = words_there.find(struct.pack("=QQ", 0, start + at - word_bytes))
        if table >= 0:
            return start + table + 2 * word_bytes
    raise LookupError(f"the library has no {type_name}")


signal.signal(signal.SIGPIPE, signal.SIG_IGN)
die_with_parent = 1
libc.prctl(die_with_parent, signal.SIGKILL)
run = ctypes.CDLL(library).query_stable_v2
outlive_lost_connections()
run.restype = ctypes.c_void_p
run(len(words), (ctypes.c_char_p * len(words))(*words))
