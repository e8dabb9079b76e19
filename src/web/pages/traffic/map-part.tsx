import { useFlowView } from "../../api/flow-views.ts";
import { GeoMap } from "./geo-map.tsx";
import type { QuestionState } from "./question.ts";
import { ViewPanel } from "./view-panel.tsx";

const arcsMax = 120;
const placesMax = 300;

/** The world, and its cities. */
export function MapPart({ state }: { state: QuestionState }): React.ReactNode {
  const { data: arcs } = useFlowView("geo-arcs", { ...state.question, top: arcsMax });
  return (
    <>
      <ViewPanel
        view="geo-countries"
        state={state}
        top={placesMax}
        heightPixels={480}
        without={["Country", "AzureRegion"]}
        draw={(answer) => (
          <GeoMap
            answer={answer}
            arcs={arcs ?? null}
            onPress={(place, isRegion) =>
              state.drill({ [isRegion ? "azureRegion" : "country"]: place, part: "map" })
            }
          />
        )}
      />
      <ViewPanel view="geo-cities" state={state} />
    </>
  );
}
