/** Pictures of dates made of the commonest components: `[Y0001]-[M01]-[D01]` and the like, prepared once. */

/** Writes a time of the years 0 to 9999, in UTC; undefined where jsonata itself has to. */
export type PictureWriter = (millis: number) => string | undefined;

const COMPONENTS: Readonly<Record<string, (date: Date) => string>> = {
  "[Y0001]": (date) => digits(date.getUTCFullYear(), 4),
  "[M01]": (date) => digits(date.getUTCMonth() + 1, 2),
  "[D01]": (date) => digits(date.getUTCDate(), 2),
  "[H01]": (date) => digits(date.getUTCHours(), 2),
  "[m01]": (date) => digits(date.getUTCMinutes(), 2),
  "[s01]": (date) => digits(date.getUTCSeconds(), 2),
  "[f001]": (date) => digits(date.getUTCMilliseconds(), 3),
};

const digits = (value: number, count: number): string => String(value).padStart(count, "0");

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
