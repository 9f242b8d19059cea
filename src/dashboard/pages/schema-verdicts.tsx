/** How the transform's schemas judged a delivery's last attempt. */
import type { DeliveryDetail } from "../../admin/shapes/deliveries.ts";
import type { Rule, RouteState } from "../../admin/shapes/state.ts";
import { useReading } from "../api/reading.ts";
import { Badge } from "../parts/badge.tsx";
import { safeHref } from "../parts/link.tsx";

export function Verdicts({ delivery }: { readonly delivery: DeliveryDetail }) {
  const route = useReading<RouteState>(`routes/${encodeURIComponent(delivery.route)}`);
  const transform = route.value?.transform;
  const rule = useReading<Rule>(
    transform === undefined ? undefined : `rules/${encodeURIComponent(transform)}`,
  );
  const last = delivery.attemptList.at(-1);
  if (rule.value === undefined || last === undefined) return null;
  const { input, output } = rule.value;
  if (input === undefined && output === undefined) return null;
  const code = last.error?.code;
  const judged = code !== "TRANSFORM_INPUT_INVALID";
  const made = judged && !(code?.startsWith("TRANSFORM_") ?? false) && last.request !== undefined;
  return (
    <p class="row small">
      {input !== undefined && (
        <SchemaVerdict
          what="Body"
          name={input}
          verdict={judged ? "fits" : "broken"}
          link={last.error?.schema}
        />
      )}
      {output !== undefined && (
        <SchemaVerdict
          what="Result"
          name={output}
          verdict={made ? "fits" : code === "TRANSFORM_OUTPUT_INVALID" ? "broken" : "unknown"}
          link={last.error?.schema}
        />
      )}
    </p>
  );
}

function SchemaVerdict(props: {
  readonly what: string;
  readonly name: string;
  readonly verdict: "fits" | "broken" | "unknown";
  readonly link: string | undefined;
}) {
  const page = `/docs/schemas/${encodeURIComponent(props.name)}`;
  const href = props.verdict === "broken" ? (safeHref(props.link) ?? page) : page;
  const [tone, word] = {
    fits: ["good", "satisfies"] as const,
    broken: ["bad", "does not satisfy"] as const,
    unknown: ["calm", "was not held against"] as const,
  }[props.verdict];
  return (
    <span>
      <Badge tone={tone}>
        {props.what} {word}
      </Badge>{" "}
      <a href={href} target="_blank" rel="noreferrer">
        {props.name}
      </a>
    </span>
  );
}
