// Tries one port after the other: `node port-scan.mjs TARGET FIRST`, as a connect scan does.
import { connect } from "node:net";

const [, , target, first] = process.argv;
let port = Number(first);
setInterval(() => {
  const socket = connect(port++, target, () => socket.destroy());
  socket.setTimeout(500, () => socket.destroy()).on("error", () => {});
}, 15);
