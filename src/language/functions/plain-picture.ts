/** Pictures of dates made of the commonest components: `[Y0001]-[M01]-[D01]` and the like, prepared once. */

/** Writes a time of the years 0 to 9999, in UTC; undefined where jsonata itself has to. */
export type PictureWriter = (millis: number) => string | undefined;

const COMPONENTS: Readonly<Record<string, (date: Date) => string>> = {
  "[Y0001]": (date) => two(Math.trunc(date.getUTCFullYear() / 100)) + two(date.getUTCFullYear() % 100),
  "[M01]": (date) => two(date.getUTCMonth() + 1),
  "[D01]": (date) => two(date.getUTCDate()),
  "[H01]": (date) => two(date.getUTCHours()),
  "[m01]": (date) => two(date.getUTCMinutes()),
  "[s01]": (date) => two(date.getUTCSeconds()),
  "[f001]": (date) => String(date.getUTCMilliseconds()).padStart(3, "0"),
};

const TWO = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));

const two = (value: number): string => TWO[value]!;

const isOrdinary = (date: Date): boolean => {
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999;
};

const isoWriter: PictureWriter = (millis) => {
  const date = new Date(millis);
  return isOrdinary(date) ? date.toISOString() : undefined;
};

/** Prepared pictures, the latest few: rules have few, and those that are made at run time would fill it. */
const prepared = new Map<string, PictureWriter | undefined>();
const MOST_PREPARED = 200;

/** The writer of a picture, without one that of ISO 8601; undefined where a component is not among the commonest. */
export function plainPicture(picture: string | undefined): PictureWriter | undefined {
  if (picture === undefined) return isoWriter;
  const known = prepared.get(picture);
  if (known !== undefined || prepared.has(picture)) return known;
  if (prepared.size >= MOST_PREPARED) prepared.clear();
  const writer = prepare(picture);
  prepared.set(picture, writer);
  return writer;
}

function prepare(picture: string): PictureWriter | undefined {
  const parts = picture.match(/\[[^\]]*\]|[^[\]]+/g) ?? [];
  if (parts.join("") !== picture || parts.some((part) => part.startsWith("[") && !(part in COMPONENTS)))
    return undefined;
  const writers = parts.map((part) => COMPONENTS[part] ?? (() => part));
  return (millis) => {
    const date = new Date(millis);
    if (!isOrdinary(date)) return undefined;
    let text = "";
    for (const write of writers) text += write(date);
    return text;
  };
}
