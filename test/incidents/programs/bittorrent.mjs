// The wire protocol of BitTorrent (BEP 3) and pings of its DHT (BEP 5), without a torrent:
//   node bittorrent.mjs peers FIRST-PORT COUNT        listens as peers that ask for pieces
//   node bittorrent.mjs seed SEED FIRST-PORT ADDRESS...   gives pieces to one peer at each address
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import { seededRandom } from "./random.mjs";

const blockBytes = 16_384;
const askMilliseconds = 90;
const messageId = { unchoke: 1, interested: 2, bitfield: 5, request: 6, piece: 7 };
const handshakeBytes = 68;
const hash = Buffer.alloc(20, "nightcap test swarm.");

const handshake = (name) =>
  Buffer.concat([
    Buffer.from("\x13BitTorrent protocol", "latin1"),
    Buffer.alloc(8),
    hash,
    Buffer.from(`-NC0001-${name.padEnd(12, "0").slice(0, 12)}`),
  ]);

function message(id, ...parts) {
  const body = Buffer.concat([Buffer.from([id]), ...parts]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const numbers = (...values) => {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) buffer.writeUInt32BE(value, at * 4);
  return buffer;
};

/** Calls `take(id)` for each message after the handshake. */
function onMessages(socket, take) {
  let rest = Buffer.alloc(0);
  let isOpen = false;
  socket.on("data", (data) => {
    rest = Buffer.concat([rest, data]);
    if (!isOpen && rest.length >= handshakeBytes) {
      isOpen = true;
      rest = rest.subarray(handshakeBytes);
    }
    if (!isOpen) return;
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      if (rest.readUInt32BE(0) > 0) take(rest[4]);
      rest = rest.subarray(4 + rest.readUInt32BE(0));
    }
  });
}

function peer(port) {
  createServer((socket) => {
    socket.on("error", () => {}).write(handshake(`peer${port}`));
    socket.write(message(messageId.interested));
    let piece = 0;
    onMessages(socket, (id) => {
      if (id !== messageId.unchoke && id !== messageId.piece) return;
      const ask = message(messageId.request, numbers(piece++, 0, blockBytes));
      setTimeout(() => socket.write(ask), askMilliseconds);
    });
  }).listen(port);
  const dht = createSocket("udp4").on("error", () => {});
  const answer = Buffer.from(`d1:rd2:id20:${"b".repeat(20)}e1:t2:aa1:y1:re`);
  dht.on("message", (_, from) => dht.send(answer, from.port, from.address)).bind(port);
}

function seed(random, port, address) {
  const socket = connect(port, address, () => {
    socket.write(handshake("seed"));
    socket.write(message(messageId.bitfield, Buffer.alloc(32, 0xff)));
  });
  const block = Buffer.alloc(blockBytes);
  for (let at = 0; at < blockBytes; at++) block[at] = Math.floor(random() * 256);
  onMessages(
    socket.on("error", () => {}),
    (id) => {
      if (id === messageId.interested) socket.write(message(messageId.unchoke));
      if (id === messageId.request) socket.write(message(messageId.piece, numbers(0, 0), block));
    },
  );
}

const [, , role, first, ...rest] = process.argv;
if (role === "peers") {
  for (let at = 0; at < Number(rest[0]); at++) peer(Number(first) + at);
} else {
  const [firstPort, ...addresses] = rest;
  const random = seededRandom(Number(first));
  const dht = createSocket("udp4")
    .on("message", () => {})
    .on("error", () => {})
    .bind(6881);
  const ping = Buffer.from(`d1:ad2:id20:${"a".repeat(20)}e1:q4:ping1:t2:aa1:y1:qe`);
  for (const [at, address] of addresses.entries()) {
    seed(random, Number(firstPort) + at, address);
    dht.send(ping, Number(firstPort) + at, address);
  }
}
