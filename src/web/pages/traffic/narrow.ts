const narrowPixels = 700;

/** Whether the screen is a phone's, for pictures whose form follows from it; asked when they are drawn. */
export const isNarrow = (): boolean => globalThis.innerWidth < narrowPixels;
