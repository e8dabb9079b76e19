export const minuteInterval = "PT1M";
/** Lengths that Azure's metrics API adds up by. */
const intervals = [minuteInterval, "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"];

/** How long one value is: of what is added up as long as the rule's window, so that its threshold is that of the values. */
export const intervalOf = (timeAggregation: string, windowSize: string | undefined): string =>
  ["Total", "Count"].includes(timeAggregation) && windowSize !== undefined
    ? (intervals.find((each) => each === windowSize) ?? minuteInterval)
    : minuteInterval;
