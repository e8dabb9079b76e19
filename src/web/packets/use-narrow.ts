import { useSyncExternalStore } from "react";

/** As the style sheets have it: below it, things stand below one another. */
const query = "(max-width: 760px)";

const subscribe = (listener: () => void): (() => void) => {
  const media = matchMedia(query);
  media.addEventListener("change", listener);
  return () => media.removeEventListener("change", listener);
};

/** Whether this is a phone, or a window as narrow as one. */
export const useNarrow = (): boolean =>
  useSyncExternalStore(subscribe, () => matchMedia(query).matches);
