// What a mail server asks about each sender: `node mail-look-ups.mjs SEED RESOLVER KEY`. Block lists, also by a customer's
// key as their vendors have it, MX, SPF, DKIM and DMARC, from one socket.
import { createSocket } from "node:dgram";
import { seededRandom } from "./random.mjs";

const [, , seed, server, key] = process.argv;
const random = seededRandom(Number(seed));
const any = (most) => Math.floor(random() * most);
const types = { a: 1, mx: 15, txt: 16 };
const header = () => Buffer.from([any(256), any(256), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);

function ask(name, type) {
  const labels = name
    .split(".")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const question = Buffer.concat([header(), ...labels, Buffer.from([0, 0, type, 0, 1])]);
  socket.send(question, 53, server);
}

const socket = createSocket("udp4").on("message", () => {});
setInterval(() => {
  const turned = `${any(256)}.${any(256)}.${any(256)}.${any(224)}`;
  const sender = `firm${any(5_000)}.example`;
  ask(`${turned}.${key}.zen.blocklist.example`, types.a);
  ask(`${sender}.${key}.dbl.blocklist.example`, types.a);
  ask(`${turned}.bl.spam.example`, types.a);
  if (any(4) > 0) return;
  ask(sender, types.mx);
  ask(`selector${any(3)}._domainkey.${sender}`, types.txt);
  ask(`_dmarc.${sender}`, types.txt);
}, 50);
