import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Offer } from "./completion.ts";
import css from "./filter-box.module.css";

/** What can be taken over into the filter. */
export function OfferList({
  id,
  offers,
  marked,
  take,
}: {
  id: string;
  offers: readonly Offer[];
  marked: number;
  take: (at: number) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[marked]?.scrollIntoView({ block: "nearest" });
  }, [marked]);
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      aria-label={t("displayFilter.offers")}
      className={css["offers"]}
      hidden={offers.length === 0}
    >
      {offers.map((offer, at) => (
        <div
          key={`${offer.kind} ${offer.text}`}
          id={`${id}-${at}`}
          role="option"
          aria-selected={at === marked}
          className={css["offer"]}
          // The box keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => take(at)}
        >
          <code>{offer.text}</code>
          <span className={css["about"]}>
            {offer.description.startsWith("displayFilter.")
              ? t(offer.description)
              : offer.description}
          </span>
          <span className={css["type"]}>
            {offer.type === "" ? t(`displayFilter.kind.${offer.kind}`) : offer.type}
          </span>
        </div>
      ))}
    </div>
  );
}
