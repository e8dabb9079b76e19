// A server that answers quickly until SIGUSR2 and then takes its time: `node backend.mjs PORT MILLISECONDS`.
import { createServer } from "node:http";

const [, , port, slowMilliseconds] = process.argv;
let delay = 2;
process.on("SIGUSR2", () => (delay = Number(slowMilliseconds)));
createServer((_, response) => {
  setTimeout(() => response.end(JSON.stringify({ rows: "r".repeat(600) })), delay);
}).listen(Number(port));
