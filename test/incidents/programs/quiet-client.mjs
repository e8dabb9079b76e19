// A quiet host's traffic: `node quiet-client.mjs SEED OUTSIDE NEIGHBOUR`. Some pages, some names, the time, a session.
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { get } from "node:http";
import { connect } from "node:net";
import { seededRandom } from "./random.mjs";

const [, , seed, outside, neighbour] = process.argv;
const random = seededRandom(Number(seed));
const names = ["www", "mail", "api", "static", "login", "news"].map(
  (name) => `${name}.example.com`,
);
const resolver = new Resolver();
resolver.setServers([outside]);

const page = () =>
  get(`http://${outside}:8080/bytes/${500 + Math.floor(random() * 12_000)}`, (response) =>
    response.resume(),
  ).on("error", () => {});
const look = () => resolver.resolve4(names[Math.floor(random() * names.length)]).catch(() => {});
const session = connect(2222, neighbour)
  .on("error", () => {})
  .on("data", () => {});
const type = () => session.write("x".repeat(30 + Math.floor(random() * 60)));

const clock = createSocket("udp4").on("error", () => {});
clock.on("message", () => {});
const askTime = () => {
  const query = Buffer.alloc(48);
  query[0] = 0x23;
  clock.send(query, 123, outside);
};

const actions = [page, page, look, type, type, askTime];
function next() {
  actions[Math.floor(random() * actions.length)]();
  setTimeout(next, 60 + random() * 180);
}
next();
