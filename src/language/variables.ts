/** Variables: which slot or built-in a name means, found once. */
import type { Code, Compiler, Frame } from "./code.ts";
import { UNBOUND } from "./code.ts";
import type { Items } from "./values.ts";

/** A place that may hold the variable: frames up, then the slot; or the tuple that the frame carries. */
type Place = { readonly up: number; readonly slot: number } | { readonly up: number; readonly tuple: true };

/** True where no scope can bind the name: then a built-in is meant, or nothing. */
export function isFree(name: string, compiler: Compiler): boolean {
  return placesOf(name, compiler).length === 0;
}

/** `$name`; undefined where it is bound nowhere. `otherwise` is the built-in of that name. */
export function variable(name: string, compiler: Compiler, otherwise: unknown): Code {
  if (name === "") return contextItself;
  const [place, ...more] = placesOf(name, compiler);
  if (place === undefined) return () => otherwise;
  if (more.length > 0 || "tuple" in place) return among([place, ...more], name, otherwise);
  const { slot } = place;
  const given = isGiven(name, compiler);
  if (place.up === 0 && given) return (_, frame) => frame[slot];
  if (place.up === 0) return (_, frame) => bound(frame[slot], otherwise);
  if (place.up === 1) return (_, frame) => bound((frame[0] as Frame)[slot], otherwise);
  if (place.up === 2) return (_, frame) => bound(((frame[0] as Frame)[0] as Frame)[slot], otherwise);
  return (_, frame) => bound(frameAt(frame, place.up)[slot], otherwise);
}

/** `$`: the context; where the whole body is an array, that array. */
const contextItself: Code = (input) =>
  Array.isArray(input) && (input as Items).outerWrapper === true ? (input as Items)[0] : input;

const bound = (value: unknown, otherwise: unknown): unknown => (value === UNBOUND ? otherwise : value);

/** The slot of a parameter of the function whose body is being compiled, which surely holds it; undefined for all else. */
export function givenSlot(name: string, compiler: Compiler): number | undefined {
  return name !== "" && isGiven(name, compiler) ? compiler.scope.slots.get(name) : undefined;
}

function isGiven(name: string, { scope }: Compiler): boolean {
  const slot = scope.slots.get(name);
  return slot !== undefined && slot < scope.given;
}

function frameAt(frame: Frame, up: number): Frame {
  let found = frame;
  for (let step = 0; step < up; step++) found = found[0] as Frame;
  return found;
}

function among(places: readonly Place[], name: string, otherwise: unknown): Code {
  return (_, frame) => {
    for (const place of places) {
      const found = frameAt(frame, place.up);
      if ("slot" in place) {
        if (found[place.slot] !== UNBOUND) return found[place.slot];
      } else if (Object.hasOwn(found[1] as object, name)) return (found[1] as Record<string, unknown>)[name];
    }
    return otherwise;
  };
}

/** From the inside out, up to the first that surely holds it. */
function placesOf(name: string, { scope, tupleNames }: Compiler): Place[] {
  const places: Place[] = [];
  let up = 0;
  for (let at: typeof scope | undefined = scope; at !== undefined; at = at.around, up++) {
    const slot = at.slots.get(name);
    if (slot !== undefined) places.push({ up, slot });
    if (slot !== undefined && slot < at.given) break;
    if (at.ofTuples && tupleNames().has(name)) places.push({ up, tuple: true });
  }
  return places;
}

/** `$name := …` binds in the innermost scope, which knows the name. */
export function binding(name: string, value: Code, { scope }: Compiler): Code {
  const slot = scope.slots.get(name)!;
  return (input, frame) => (frame[slot] = value(input, frame));
}
