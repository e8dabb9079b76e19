import { useEffect, useRef, useState } from "react";
import { useParameters } from "../parts/address.ts";
import { useStable } from "./use-stable.ts";

/** Browsers refuse to change the address many times a second, as a held arrow key would. */
const settleMilliseconds = 200;

/** A whole number from 1 on; null for anything else. */
export function frameOf(text: string | null): number | null {
  const number = Number(text);
  return text !== null && Number.isSafeInteger(number) && number > 0 ? number : null;
}

/** The chosen packet, which the page's address follows a moment later. */
export function useFrame(): [number | null, (frame: number) => void] {
  const [parameters, change] = useParameters();
  const address = frameOf(parameters.get("frame"));
  const [chosen, setChosen] = useState({ frame: address, address });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  // Somebody else changed the address: a link, or "back".
  if (address !== chosen.address) setChosen({ frame: address, address });
  const write = useStable((frame: number) => change({ frame: String(frame) }));
  const choose = useStable((frame: number) => {
    setChosen((before) => ({ ...before, frame }));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => write(frame), settleMilliseconds);
  });
  return [chosen.frame, choose];
}
