/** What an assistant may ask of a router: operations of its API that read, and nothing else. A tool, a row. */
import type { Said, Tool } from "../adapters/watching/model-context-protocol.ts";
import { queryShape, type Endpoint, type Shape } from "../admin/endpoint.ts";
import { listedEndpoints } from "../admin/reference.ts";
import { compileFormat } from "../core/schema.ts";
import { bounded } from "./mcp-answers.ts";

/** Asks the router: the response's text, or why there is none. */
export type AskRouter = (path: string) => Promise<Said>;

interface Row {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** An operation of the API, by GET. */
  readonly path: string;
  /** What is always asked with. */
  readonly fixed?: Readonly<Record<string, string>>;
}

const PAGED = "A page has `next` where there is more: give it as `cursor`.";

const ROWS: readonly Row[] = [
  {
    name: "overview",
    title: "Is anything wrong",
    path: "/api/v1/overview",
    description:
      "Whether anything is wrong, since when and whose fault: targets that fail or wait, dead letters, what came in lately. Begin here.",
  },
  {
    name: "list_events",
    title: "Events",
    path: "/api/v1/events",
    description: `Accepted events, newest first, without their bodies. Filters: source, type, route, target, state, status, code, tag (name:value), from, to. ${PAGED}`,
  },
  {
    name: "get_event",
    title: "One event",
    path: "/api/v1/events/:id",
    description:
      "One event (evt_…): request, body, which routes took it and which not, its deliveries with every attempt.",
  },
  {
    name: "search_bodies",
    title: "Search",
    path: "/api/v1/search",
    description:
      "Events in whose body, or deliveries in whose result (`in`), a value stands at a path such as `order.id`. Newest first.",
  },
  {
    name: "explain_event",
    title: "Why a route took an event or not",
    path: "/api/v1/events/:id/explain",
    description:
      "What each route would make of an event now, part by part: whether its `on` and `when` fit, what each part of the rule yields, what would be sent. Nothing is stored or sent.",
  },
  {
    name: "list_deliveries",
    title: "Deliveries",
    path: "/api/v1/deliveries",
    description: `Deliveries and where they stand, newest event first; filters as of list_events. ${PAGED}`,
  },
  {
    name: "get_delivery",
    title: "One delivery",
    path: "/api/v1/deliveries/:id",
    description: "One delivery (dlv_…): its attempts, what was answered, and what the rule made.",
  },
  {
    name: "dead_letter_causes",
    title: "What deliveries died of",
    path: "/api/v1/dead-letters",
    description:
      "Causes of dead letters: first, last, how many, the trend, what to do. The latest death first.",
  },
  {
    name: "list_dead_letters",
    title: "Dead letters of one cause",
    path: "/api/v1/dead-letters/:cause",
    description: `The dead letters of a cause that dead_letter_causes has named. ${PAGED}`,
  },
  {
    name: "list_targets",
    title: "Targets",
    path: "/api/v1/targets",
    description:
      "Targets, each with one verdict and its reason: failing, slow, paused, breaker open; and what waits for it.",
  },
  {
    name: "get_target",
    title: "One target",
    path: "/api/v1/targets/:name",
    description: "One target: verdict, limits, breaker, pause, what waits and since when.",
  },
  {
    name: "list_sources",
    title: "Sources",
    path: "/api/v1/sources",
    description: "Sources: provider, and what came in lately.",
  },
  {
    name: "list_routes",
    title: "Routes",
    path: "/api/v1/routes",
    description:
      "Routes: source, event types, condition, transform, target, and what went over them in the last hour.",
  },
  { name: "get_route", title: "One route", path: "/api/v1/routes/:name", description: "One route." },
  {
    name: "list_rules",
    title: "Rules",
    path: "/api/v1/rules",
    description: "Transforms: expression, schemas, number of cases.",
  },
  {
    name: "get_rule",
    title: "One rule with its cases",
    path: "/api/v1/rules/:name",
    description: "One transform whole: JSONata, input and output schema, cases.",
  },
  {
    name: "refused_requests",
    title: "Refused requests",
    path: "/api/v1/requests",
    fixed: { verdict: "refused" },
    description: `Requests that were not accepted, newest first, each with its error code and why. ${PAGED}`,
  },
];

const FEW = { type: "integer", minimum: 1, maximum: 50, default: 20, description: "At most so many." };

/** All tools, over a router that is asked by path. */
export function toolsOver(ask: AskRouter): Tool[] {
  const endpoints = new Map(
    listedEndpoints().flatMap((one) => (one.method === "GET" ? [[one.path, one] as const] : [])),
  );
  return ROWS.map((row) => {
    const endpoint = endpoints.get(row.path);
    // What somebody may change is not for an assistant to reach, whatever the table above says.
    if (endpoint?.scope !== "read") throw new Error(`${row.path} is no operation that reads.`);
    return toolOf(row, endpoint, ask);
  });
}

function toolOf(row: Row, endpoint: Endpoint, ask: AskRouter): Tool {
  const { name, title, description, path, fixed = {} } = row;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, one]) => one!);
  const query = Object.entries(endpoint.query ?? {}).filter(([key]) => !(key in fixed));
  const properties: Record<string, Shape> = Object.fromEntries([
    ...inPath.map((one) => [one, { type: "string", minLength: 1, maxLength: 300 }] as const),
    ...query.map(([key, shape]) => [key, key === "limit" ? FEW : shape] as const),
  ]);
  const required = [...inPath, ...(endpoint.required ?? [])];
  const inputSchema = { ...queryShape({ query: properties, required }) };
  const check = compileFormat(inputSchema);
  const call = async (given: Readonly<Record<string, unknown>>): Promise<Said> => {
    const wanted = { ...given };
    const [problem] = check(wanted);
    if (problem !== undefined)
      return {
        text: `The arguments do not fit: \`${problem.path || "/"}\` ${problem.message}.`,
        isError: true,
      };
    const filled = inPath.reduce(
      (whole, one) => whole.replace(`:${one}`, encodeURIComponent(String(wanted[one]))),
      path,
    );
    const asked = query.flatMap(([key]) => (wanted[key] === undefined ? [] : [[key, String(wanted[key])]]));
    const search = new URLSearchParams([...Object.entries(fixed), ...asked] as [string, string][]).toString();
    const said = await ask(search === "" ? filled : `${filled}?${search}`);
    return said.isError === true ? said : { text: bounded(said.text) };
  };
  return { name, title, description, inputSchema, call };
}
