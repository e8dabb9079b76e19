// A page whose parts come from many addresses: `node many-pages.mjs PORT ADDRESS...`
import { Agent, get } from "node:http";

const [, , port, ...addresses] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: 2 });
let turn = 0;
setInterval(() => {
  const url = `http://${addresses[turn++ % addresses.length]}:${port}/bytes/15000`;
  get(url, { agent }, (response) => response.resume()).on("error", () => {});
}, 15);
