// An application that asks its backend again and again: `node asker.mjs URL MILLISECONDS [FILE]`, over connections it
// keeps. The file has how long its last answers took, in Prometheus' words.
import { writeFileSync } from "node:fs";
import { Agent, get } from "node:http";

const [, , url, every, file] = process.argv;
const meanOf = 10;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const seconds = [];
setInterval(() => {
  const begun = performance.now();
  get(url, { agent }, (response) => {
    seconds.push((performance.now() - begun) / 1_000);
    if (seconds.length > meanOf) seconds.shift();
    response.resume();
  }).on("error", () => {});
}, Number(every));
if (file !== undefined)
  setInterval(() => {
    const mean = seconds.reduce((sum, one) => sum + one, 0) / Math.max(1, seconds.length);
    writeFileSync(file, `http_client_request_duration_seconds ${mean}\n`);
  }, 250);
