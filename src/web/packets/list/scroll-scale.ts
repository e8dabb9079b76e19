// Browsers limit how high an element is (Firefox to some 17.9 million px): a list of millions of rows
// is drawn in a lower one, whose pages overlap. A turn of the wheel moves the rows by as much as anywhere;
// a pull at the scroll bar moves by the share of the whole.

/** Well below every browser's limit. */
const elementHeightMaxPx = 8_000_000;
const pagesInElement = 100;

export interface ScrollScale {
  /** Of all rows, px. */
  rowsHeight: number;
  /** Of the element that stands for them, px. */
  height: number;
  /** What is seen at once, px. */
  viewport: number;
  pageHeight: number;
  pageCount: number;
  /** By how much the next page's rows lie further down than the element says. */
  jump: number;
}

/** Where the list stands: its rows begin `top + offset` px before what is seen. */
export interface ScrollPlace {
  page: number;
  offset: number;
  /** The element's `scrollTop`. */
  top: number;
}

export const scrollStart: ScrollPlace = { page: 0, offset: 0, top: 0 };

export function scaleOf(
  rowsHeight: number,
  viewport: number,
  heightMax = elementHeightMaxPx,
): ScrollScale {
  if (rowsHeight <= heightMax) {
    const whole = { pageHeight: rowsHeight, pageCount: 1, jump: 0 };
    return { rowsHeight, height: rowsHeight, viewport, ...whole };
  }
  const pageHeight = heightMax / pagesInElement;
  const pageCount = Math.floor(rowsHeight / pageHeight);
  const jump = (rowsHeight - heightMax) / (pageCount - 1);
  return { rowsHeight, height: heightMax, viewport, pageHeight, pageCount, jump };
}

const rowsTopMax = ({ rowsHeight, viewport }: ScrollScale): number =>
  Math.max(0, rowsHeight - viewport);

/** The place whose first px of the rows is this one. */
export function placeAt(scale: ScrollScale, rowsTop: number): ScrollPlace {
  const { pageHeight, pageCount, jump } = scale;
  const wanted = Math.max(0, Math.min(rowsTop, rowsTopMax(scale)));
  const page = pageHeight === 0 ? 0 : Math.min(pageCount - 1, Math.floor(wanted / pageHeight));
  const offset = Math.round(page * jump);
  return { page, offset, top: wanted - offset };
}

/** Where the list stands after the element was scrolled to `top`; a `top` that differs is to be set. */
export function placeAfter(scale: ScrollScale, before: ScrollPlace, top: number): ScrollPlace {
  const { height, viewport, pageHeight, pageCount, jump } = scale;
  if (jump === 0) return { page: 0, offset: 0, top };
  if (Math.abs(top - before.top) < viewport) return placeAt(scale, top + before.offset);
  const share = top / (height - viewport);
  const page = Math.min(pageCount - 1, Math.floor((share * rowsTopMax(scale)) / pageHeight));
  return { page, offset: Math.round(page * jump), top };
}
