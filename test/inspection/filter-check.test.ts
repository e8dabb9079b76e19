// What the type checker refuses: the reason, and the characters that are at fault.
import { expect, test } from "vitest";
import { FilterError } from "../../src/inspection/filter/filter-error.ts";
import { compileFilter } from "../../src/inspection/filter/filter.ts";

/** The refused part of the text, and the reason. */
function refusal(text: string): string {
  try {
    compileFilter(text);
  } catch (error) {
    if (error instanceof FilterError)
      return `${error.start} "${text.slice(error.start, error.end)}": ${error.message}`;
    throw error;
  }
  return "accepted";
}

test.each([
  "tcp.port == 80",
  "tcp.srcport - 1 == 79",
  "eth.addr[0:3] == 00:11:22",
  "ip.addr == 10.0.0.0/8 && ipv6.addr == fe80::/10",
  'frame.time >= "2023-01-02 03:04:05.6"',
  "tcp.flags.syn == True and tcp.flags.ack == Set",
  'frame contains "GET" and tcp contains 47:45:54',
  "len(tcp) > 20 and count(ip.addr) == 2 and max(tcp.srcport, 80) > 79",
  "ip#2 or ip.src#[-1] == 10.0.0.1",
  "tcp.port in {80, 443, 8000..8080, tcp.dstport}",
  "",
])("accepts %s", (text) => {
  expect(refusal(text)).toBe("accepted");
});

test("refuses the rest with a reason and a place", () => {
  const texts = [
    "tcp.port = 80",
    "tcp.prot == 80",
    "tcp.port == http",
    "tcp.port == 70000",
    'tcp.port == "80"',
    "tcp.port ==",
    "tcp.port == 80 or 443",
    "80 == tcp.port",
    "(tcp.srcport) == 80",
    "(tcp",
    "tcp.port[0] == 1",
    "tcp.port contains 80",
    'ip.addr matches "10"',
    "frame matches get",
    'frame matches "("',
    'frame matches "\\s"',
    "ip.addr == 10.0.0.300",
    "ip.src == ipv6.src",
    "eth.addr == 00:11:22",
    "tcp.flags.syn == true",
    "tcp.flags.syn & 1",
    "ip.src + 1 == 10.0.0.1",
    'frame.time > "yesterday"',
    "frame.time_relative < 1s",
    "len(tcp)",
    "foo(tcp) == 1",
    "max() == 1",
    "upper(tcp.port) == 1",
    "frame[0:0] == 1",
    "frame[5-3]",
    "frame[1",
    "tcp.port in {}",
    "tcp.analysis.retransmission == 1",
    "tcp.port == 'ab'",
    'http contains "abc',
  ];
  expect(texts.map((text) => `${text}  ->  ${refusal(text)}`)).toMatchInlineSnapshot(`
    [
      "tcp.port = 80  ->  9 "=": "=" is no operator; a comparison is written "=="",
      "tcp.prot == 80  ->  0 "tcp.prot": "tcp.prot" is not supported: no field and no protocol of this name is known; near it: tcp.port",
      "tcp.port == http  ->  12 "http": a number cannot be compared with a protocol's bytes",
      "tcp.port == 70000  ->  12 "70000": "70000" is too big for "tcp.port", whose largest value is 65535",
      "tcp.port == "80"  ->  12 ""80"": "80" is not a number, which "tcp.port" is compared with; write 80, 0x50, 0120 or 0b1010000",
      "tcp.port ==  ->  11 "": the filter ends where a field, a protocol or a value should come",
      "tcp.port == 80 or 443  ->  18 "443": a field or a protocol is needed here, not a value",
      "80 == tcp.port  ->  0 "80": a field or a protocol is needed here, not a value",
      "(tcp.srcport) == 80  ->  14 "==": "==" is unexpected; "and", "or" or the end may come here",
      "(tcp  ->  4 "": the filter ends where ")", "and" or "or" should come",
      "tcp.port[0] == 1  ->  0 "tcp.port": a number cannot be sliced into bytes",
      "tcp.port contains 80  ->  0 "tcp.port": "contains" looks into text and bytes; this is a number",
      "ip.addr matches "10"  ->  0 "ip.addr": "matches" looks into text and bytes; this is an IPv4 address",
      "frame matches get  ->  14 "get": "matches" takes a regular expression in double quotes",
      "frame matches "("  ->  14 ""("": this is no regular expression: unterminated group",
      "frame matches "\\s"  ->  15 "\\s": "\\s" is no escape; a raw string r"..." keeps backslashes",
      "ip.addr == 10.0.0.300  ->  11 "10.0.0.300": "10.0.0.300" is not an IPv4 address, which "ip.addr" is compared with; write 192.0.2.1 or 192.0.2.0/24",
      "ip.src == ipv6.src  ->  10 "ipv6.src": an IPv4 address cannot be compared with an IPv6 address",
      "eth.addr == 00:11:22  ->  12 "00:11:22": "00:11:22" is not bytes, which "eth.addr" is compared with; an Ethernet address is six of them",
      "tcp.flags.syn == true  ->  17 "true": "true" is not True or False, which "tcp.flags.syn" is compared with; write True, False, 1, 0, "Set", "Not set"",
      "tcp.flags.syn & 1  ->  0 "tcp.flags.syn": "&" cannot be used on True or False",
      "ip.src + 1 == 10.0.0.1  ->  9 "1": "1" is not an IPv4 address, which "ip.src" is compared with; write 192.0.2.1 or 192.0.2.0/24",
      "frame.time > "yesterday"  ->  13 ""yesterday"": "yesterday" is not a time, which "frame.time" is compared with; write "2023-01-02 03:04:05.678", with Z or +02:00 behind",
      "frame.time_relative < 1s  ->  22 "1s": "1s" is not a duration in seconds, which "frame.time_relative" is compared with; write 1 or 0.25",
      "len(tcp)  ->  0 "len(tcp)": a function's value is to be compared with something",
      "foo(tcp) == 1  ->  0 "foo": there is no function "foo"",
      "max() == 1  ->  0 "max()": max() takes at least 1 argument, not 0",
      "upper(tcp.port) == 1  ->  6 "tcp.port": only text has upper and lower case",
      "frame[0:0] == 1  ->  5 "[0:0]": a slice of 0 bytes holds nothing",
      "frame[5-3]  ->  5 "[5-3]": a slice from 5 to 3 holds nothing",
      "frame[1  ->  5 "[1": the "]" of a slice is missing",
      "tcp.port in {}  ->  13 "}": "}" is unexpected; a field, a protocol or a value may come here",
      "tcp.analysis.retransmission == 1  ->  31 "1": "tcp.analysis.retransmission" has no value; it is only there or not",
      "tcp.port == 'ab'  ->  12 "'ab'": a character constant is one character; a string has double quotes",
      "http contains "abc  ->  14 ""abc": the string has no closing quote",
    ]
  `);
});
