// What a host talks to all day: `node quiet-server.mjs ADDRESS`. DNS at 53 (every A question has an answer, TXT
// questions too), NTP at 123, and at 2222 a session that answers each message, as ssh does.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const address = process.argv[2];
const dnsHeaderBytes = 12;
const typeText = 16;

/** RFC 1035: the question again, and one answer that points to its name. */
function dnsAnswer(query) {
  let end = dnsHeaderBytes;
  while (end < query.length && query[end] !== 0) end += query[end] + 1;
  const question = query.subarray(dnsHeaderBytes, end + 5);
  const type = query.readUInt16BE(end + 1);
  const data =
    type === typeText ? Buffer.from("\x20".concat("k".repeat(32))) : Buffer.from([203, 0, 113, 9]);
  const header = Buffer.alloc(dnsHeaderBytes);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(1, 6);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(60, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([header, question, record, data]);
}

/** RFC 5905: mode 4, stratum 2. */
function ntpAnswer(query) {
  const answer = Buffer.alloc(48);
  answer[0] = 0x24;
  answer[1] = 2;
  query.copy(answer, 24, 40, 48);
  return answer;
}

function answerAt(port, answerOf) {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    if (query.length > dnsHeaderBytes) socket.send(answerOf(query), from.port, from.address);
  });
  socket.bind(port, address);
}

answerAt(53, dnsAnswer);
answerAt(123, ntpAnswer);
createServer((socket) => {
  socket.on("error", () => {}).on("data", () => socket.write("answer of a session ".repeat(3)));
}).listen(2222, address);
