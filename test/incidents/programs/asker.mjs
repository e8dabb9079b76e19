// An application that asks its backend again and again: `node asker.mjs URL MILLISECONDS`, over connections it keeps.
import { Agent, get } from "node:http";

const [, , url, every] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
setInterval(() => {
  get(url, { agent }, (response) => response.resume()).on("error", () => {});
}, Number(every));
