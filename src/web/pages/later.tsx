import { type ComponentType, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

/**
 * A page that is fetched when it is first opened. React's `lazy` would show what stands in its place for 300 ms
 * at least, however soon the page is there.
 */
export function later<Name extends string, Props extends object = object>(
  load: () => Promise<Record<Name, ComponentType<Props>>>,
  name: Name,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Later(props: Props): React.ReactNode {
    const { t } = useTranslation();
    const [Page, setPage] = useState(() => loaded);
    const [failure, setFailure] = useState<unknown>(null);
    useEffect(() => {
      const fetchPage = async (): Promise<void> => {
        loaded = (await load())[name];
        setPage(() => loaded);
      };
      if (!Page) fetchPage().catch(setFailure);
    }, [Page]);
    if (failure !== null) throw failure;
    return Page ? <Page {...props} /> : <p role="status">{t("frame.opening")}</p>;
  };
}
