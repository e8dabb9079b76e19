// Sends data out in names: `node dns-tunnel.mjs SEED RESOLVER DOMAIN`. One socket and TXT questions (RFC 1035), as
// iodine and dnscat2 have them, without what they encrypt.
import { createSocket } from "node:dgram";
import { seededRandom } from "./random.mjs";

const [, , seed, server, domain] = process.argv;
const random = seededRandom(Number(seed));
const letters = "abcdefghijklmnopqrstuvwxyz234567";
const encoded = (length) =>
  Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join("");

function question(name) {
  const labels = name
    .split(".")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const header = Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(Math.floor(random() * 65_536), 0);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 16, 0, 1])]);
}

const socket = createSocket("udp4").on("message", () => {});
setInterval(() => {
  socket.send(question(`${encoded(50)}.${encoded(40)}.${domain}`), 53, server);
}, 20);
