import { answerText } from "../table.ts";
import type { ReallyPlayed } from "./play-really.ts";

/** What people were told, of what raised it and after how long, and what is wrong in it. */
export function toldText(played: ReallyPlayed): string {
  const { source, milliseconds, secondsBefore, told, answer } = played;
  const [first = ""] = told.split("\n");
  return [
    answerText(played),
    `  by a ${source}; told ${(milliseconds / 1_000).toFixed(1)} s after it began, ${secondsBefore.toFixed(1)} s of packets from before`,
    ...(first === answer.sentence ? [] : [`  the notification began with: ${first}`]),
  ].join("\n");
}
