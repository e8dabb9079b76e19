import type { ChangeKind } from "../../../src/inspection/change/change-answer.ts";
import { answerText } from "../table.ts";
import type { ReallyPlayed } from "./play-really.ts";

/** What people call it. */
const names: Partial<Record<ChangeKind, RegExp>> = {
  exfiltration: /\bexfiltration to /,
  peerToPeer: /\bBitTorrent\b/,
  dnsTunnel: /\btunnel through DNS\b/,
  scanOut: /\bport scan by this host\b/,
  synFlood: /\bSYN flood at port /,
  slowBackend: /\bslow backend\b/,
  loss: /\bpacket loss\b/,
  backup: /\bbackup to .*, and harmless/,
  deniedBurst: /\bburst of refused attempts\b/,
};

/** True when the first words of the notification, before any number, say what it was. */
export function isNamed({ told, scenario }: ReallyPlayed): boolean {
  const [begin = ""] = told.split(" rose ");
  return scenario.kinds.some((kind) => names[kind]?.test(begin));
}

/** What people were told, of what raised it and after how long, and what is wrong in it. */
export function toldText(played: ReallyPlayed): string {
  const { source, milliseconds, secondsBefore, told, answer } = played;
  const [first = ""] = told.split("\n");
  return [
    answerText(played),
    `  by a ${source}; told ${(milliseconds / 1_000).toFixed(1)} s after it began, ${Math.max(0, secondsBefore).toFixed(1)} s of packets from before`,
    ...(first === answer.sentence ? [] : [`  the notification began with: ${first}`]),
    ...(isNamed(played) ? [] : ["  the notification's first words do not name it"]),
  ].join("\n");
}
