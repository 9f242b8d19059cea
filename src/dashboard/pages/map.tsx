/** The map: sources, routes and targets with their live rates; what fails stands out. */
import type { RouteState, SourceState, TargetState } from "../../admin/shapes/state.ts";
import { searchOf } from "../api/call.ts";
import { useReading } from "../api/reading.ts";
import { Verdict } from "../parts/badge.tsx";
import { grouped } from "../parts/moment.tsx";
import { PageHead, Panel } from "../parts/page.tsx";
import { Empty, Read } from "../parts/problem.tsx";
import { edgesOf, layOut, type Placed } from "./map-layout.ts";

const EVERY = { everySeconds: 5 } as const;

export function MapPage() {
  const sources = useReading<{ items: SourceState[] }>("sources", EVERY);
  const routes = useReading<{ items: RouteState[] }>("routes", EVERY);
  const targets = useReading<{ items: TargetState[] }>("targets", EVERY);
  const whole =
    sources.value && targets.value && routes.value
      ? { sources: sources.value.items, routes: routes.value.items, targets: targets.value.items }
      : undefined;
  const reading = {
    value: whole,
    problem: sources.problem ?? routes.problem ?? targets.problem,
    loading: false,
    again: () => [sources, routes, targets].forEach(({ again }) => again()),
  };
  return (
    <>
      <PageHead
        title="Map"
        about={
          <>
            From sources over routes to targets. Thicker is more a minute; red failed in the last hour.
            <span class="map-aside"> What is not on the screen is to the right.</span>
          </>
        }
      />
      <Panel title="How events flow" bare>
        <Read of={reading} lines={12}>
          {(wired) =>
            wired.routes.length === 0 ? (
              <Empty title="No routes yet">
                <p>With the first route in the workspace the map begins.</p>
              </Empty>
            ) : (
              <Drawn {...wired} />
            )
          }
        </Read>
      </Panel>
    </>
  );
}

interface Wired {
  readonly sources: readonly SourceState[];
  readonly routes: readonly RouteState[];
  readonly targets: readonly TargetState[];
}

function Drawn({ sources, routes, targets }: Wired) {
  const laid = layOut(sources, routes, targets);
  const style = ({ y }: Placed, column: number) => ({ top: `${y}px`, left: `${column * 36}%` });
  return (
    <div class="map-place">
      <div class="map" style={{ height: `${laid.height}px` }}>
        <svg viewBox={`0 0 100 ${laid.height}`} preserveAspectRatio="none" aria-hidden="true">
          {edgesOf(laid, routes).map(({ key, path, width, tone, flows }) => (
            <path key={key} d={path} class={`${tone}${flows ? " flows" : ""}`} stroke-width={width} />
          ))}
        </svg>
        <ul aria-label="Sources">
          {sources.map((source) => (
            <li key={source.name} style={style(laid.sources.get(source.name)!, 0)}>
              <a href={`/events${searchOf({ source: source.name })}`} title={source.name}>
                <strong>{source.name}</strong>
                <small>{grouped(source.accepted)} in the last hour</small>
              </a>
            </li>
          ))}
        </ul>
        <ul aria-label="Routes">
          {routes.map((route) => (
            <li key={route.name} style={style(laid.routes.get(route.name)!, 1)}>
              <a href={`/routes/${encodeURIComponent(route.name)}`} title={route.name}>
                <strong>{route.name}</strong>
                <small>
                  {grouped(route.perMinute)}/min
                  {route.failed > 0 && <span class="bad"> · {grouped(route.failed)} failed</span>}
                </small>
              </a>
            </li>
          ))}
        </ul>
        <ul aria-label="Targets">
          {targets.map((target) => (
            <li key={target.name} style={style(laid.targets.get(target.name)!, 2)}>
              <a
                href={`/targets/${encodeURIComponent(target.name)}`}
                title={`${target.name}: ${target.reason}`}
              >
                <strong>{target.name}</strong>
                <small>
                  <Verdict verdict={target.verdict} />
                </small>
              </a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
