/** The workspace, loaded: every name is resolved, every expression and schema compiled. Made by `loadWorkspace` alone. */
import type { ErrorCode } from "../core/errors.ts";
import type { EventContext } from "../core/event.ts";
import type { CanaryFile } from "../core/canary.ts";
import type { LineRule, OnDead } from "../core/line.ts";
import type { GateFile } from "../core/gate.ts";
import type { OnError } from "../core/lookup.ts";
import type { QuietHours } from "../core/quiet-hours.ts";
import type { RouteFile } from "../core/route.ts";
import type { Schedule } from "../core/schedule.ts";
import type { Validator } from "../core/schema.ts";
import type { SourceFile } from "../core/source.ts";
import type { TargetFile } from "../core/target.ts";
import type { Flow } from "../core/target-flow.ts";
import type { TransformFile } from "../core/transform.ts";
import type { Sign } from "../credentials/credential.ts";
import type { Encode } from "../formats/written.ts";
import type { Budgets } from "../language/budgets.ts";
import type { Expression } from "../language/expression.ts";
import type { Template } from "../language/template.ts";
import type { Provider } from "../providers/provider.ts";
import type { Scheme } from "../providers/scheme.ts";
import type { Fetched, Tls } from "../ports.ts";
import type { Foreknown } from "./chains.ts";
import type { Place } from "./problem.ts";

/** A file of `schemas/`. */
export interface Schema {
  readonly name: string;
  readonly schema: unknown;
  readonly validate: Validator;
}

/** The part of a schema that checking a payload needs. */
export type Checked = Pick<Schema, "name" | "validate">;

/** A business key to find events by. */
export interface Tag {
  readonly name: string;
  readonly expression: Expression;
}

export interface Source {
  readonly name: string;
  /** Variables are filled in. As JSON, in logs and in `inspect` it shows `${NAME}` instead, and no credentials. */
  readonly file: SourceFile;
  /** Undefined where the source has a scheme of its own. */
  readonly provider: Provider | undefined;
  readonly scheme: Scheme;
  /** Where it is a clock instead of a caller. */
  readonly schedule?: Schedule;
  /** `type` may hold `*`; the order is the file's. */
  readonly schemas: readonly (Checked & { readonly type: string })[];
  readonly tags: readonly Tag[];
}

export interface Transform {
  readonly name: string;
  readonly rule: Expression;
  readonly input?: Checked;
  readonly output?: Checked;
  readonly file: TransformFile;
  readonly cases: readonly Case[];
  /** 12 hex digits of the rule's, its YAML's and its schemas' text. */
  readonly revision: string;
}

/** What must be true of a case's body and result. */
export interface Assertion extends Place {
  /** Compiled with `$output`, the result. */
  readonly expression: Expression;
}

/** A case with its payload read. */
export interface Case extends Place {
  readonly name: string;
  /** Its place in the file's list, from 0. */
  readonly index: number;
  /** Of the YAML file, relative to the workspace. */
  readonly file: string;
  readonly payload: unknown;
  /** What the case says of the event besides its body. */
  readonly event: Partial<EventContext>;
  /** What the route's lookups have brought, by name. */
  readonly enrich: Readonly<Record<string, unknown>>;
  readonly route: string | undefined;
  /** `any`: a result, of which the assertions say the rest. */
  readonly expected:
    | { readonly kind: "result"; readonly value: unknown; readonly file?: string }
    | { readonly kind: "any" }
    | { readonly kind: "filtered" }
    | { readonly kind: "error"; readonly code: ErrorCode };
  readonly assertions: readonly Assertion[];
}

export interface Target {
  readonly name: string;
  /** Variables are filled in. As JSON, in logs and in `inspect` it shows `${NAME}` instead, and no credentials. */
  readonly file: TargetFile;
  /** How much of it is sent at a time. */
  readonly flow: Flow;
  /** With the fields of `query`. */
  readonly url: Template;
  /** Sent as they are with every request, the credential's included; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers with parts, by name in lower case. */
  readonly texts: readonly (readonly [name: string, text: Template])[];
  /** Absent where text is sent as text and everything else as JSON. */
  readonly encode?: Encode;
  /** The last step of a request, which is made of all that is sent. */
  readonly sign?: Sign;
  readonly fetched?: Fetched;
  readonly tls?: Tls;
  /** Texts that are seen nowhere, however they come back. */
  readonly secrets: readonly string[];
  /** Where secrets come from files: the target as they are now; `anew` looks although it has just been looked. */
  readonly renewed?: (anew: boolean) => Promise<Target>;
}

/** Something that is looked up before a rule runs. */
export interface Lookup {
  readonly name: string;
  readonly target: Target;
  /** Makes what is asked; without it the target is called as its file says. */
  readonly request?: Expression;
  readonly cacheMs: number;
  readonly onError: OnError;
  /** 12 hex digits of all that the target's file says, its secrets included. */
  readonly identity: string;
}

/** When deliveries of a route may begin. */
export interface Timing {
  /** From the event's receipt. */
  readonly delayMs?: number;
  readonly notBefore?: Expression;
  readonly quiet?: QuietHours;
}

/** What a route expects of its target's answers. */
export interface Expectation {
  /** Absent where 2xx is expected. */
  readonly isExpected?: (status: number) => boolean;
  /** The statuses in words. */
  readonly expected?: string;
  readonly schema?: Checked;
  /** With the variables `answer` and `sent`. */
  readonly where?: Expression;
  /** A deviation is tried again. */
  readonly retries: boolean;
}

export interface Route {
  readonly name: string;
  /** 12 hex digits of all by which it takes events and makes something of them; see `versions.ts`. */
  readonly version: string;
  readonly file: RouteFile;
  readonly when?: Expression;
  readonly lookups?: readonly Lookup[];
  readonly transform?: Transform;
  readonly target: Target;
  readonly timing?: Timing;
  readonly expect?: Expectation;
  readonly tags: readonly Tag[];
  /** Absent where deliveries do not wait for one another. */
  readonly line?: LineOf;
  /** Absent where nothing waits for a person. */
  readonly gate?: Gate;
  /** A second transform for a part of the deliveries. */
  readonly canary?: Canary;
  /** A second transform that is compared and never sent, with budgets of its own. */
  readonly shadow?: Shadow;
}

/** A transform on trial for a part of a route's deliveries. */
export interface Canary {
  /** Of this version of it on this route: what is counted and decided is so by it. */
  readonly id: string;
  readonly route: string;
  readonly file: CanaryFile;
  readonly transform: Transform;
  /** The route's, with this transform instead of its own. */
  readonly version: string;
  /** Without it, the key is the event's id. */
  readonly by?: Expression;
}

/** A transform beside a route's own. */
export interface Shadow {
  /** Of these versions of the two: what is counted is so by it. */
  readonly id: string;
  readonly route: string;
  readonly transform: Transform;
}

/** How deliveries of a route stand in line. */
export interface LineOf {
  readonly rule: LineRule;
  /** Absent where all of them stand in one. */
  readonly key?: Expression;
  /** See `Line`. */
  readonly terms: string;
  /** What becomes of an ordered line whose delivery died. */
  readonly onDead: OnDead;
}

/** Which deliveries of a route wait for people. */
export interface Gate {
  readonly file: GateFile;
  readonly when?: Expression;
  readonly causedBy?: Expression;
  readonly show?: Expression;
  /** ms; absent: there is no end. */
  readonly timeoutMs?: number;
  /** A target that is told. */
  readonly notify?: string;
}

export interface Workspace {
  /** Absolute. */
  readonly dir: string;
  readonly sources: ReadonlyMap<string, Source>;
  readonly routes: ReadonlyMap<string, Route>;
  readonly transforms: ReadonlyMap<string, Transform>;
  readonly targets: ReadonlyMap<string, Target>;
  readonly schemas: ReadonlyMap<string, Schema>;
  /** Of every expression whose file has no other. */
  readonly budgets: Budgets;
  /** The routes of a source, by name; none for an unknown source. */
  routesOf(source: string): readonly Route[];
  /** The routes that may take an event of the router's own, known before it is made: where there are none, none is made. */
  takersOf(about: Foreknown): readonly Route[];
  /** 12 hex digits of all files' text. */
  readonly revision: string;
  /** Of rules that come from git: the commit, 40 hex digits. */
  readonly commit?: string;
}
