/** Which passwords are refused: the short, the commonest, the ones that a name or a row of keys makes. NIST SP 800-63B § 5.1.1.2. */

const SHORTEST = 12;
const LONGEST = 256;

/** What the commonest passwords of twelve characters and more are made of: a word of these, and then digits or signs. */
const COMMONEST =
  "password passwort motdepasse contrasena administrator administrateur qwertyuiop qwertzuiop azertyuiop asdfghjkl zxcvbnm iloveyou " +
  "letmein welcome changeme princess sunshine football baseball superman trustno1 monkey dragon master secret admin login " +
  "signalbox webhook default qwerty azerty abc abcd abcde abcdef";

const ROWS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890123456789",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
  "1q2w3e4r5t6y7u8i9o0p",
];

const words = COMMONEST.split(" ");

/** Why nobody should have this password, as a sentence without it; undefined for one that will do. */
export function passwordFault(password: string, name: string): string | undefined {
  const length = [...password].length;
  if (length < SHORTEST || length > LONGEST)
    return `The password has ${length} characters; expected ${SHORTEST} to ${LONGEST}.`;
  const plain = password.normalize("NFKC").toLowerCase();
  if (plain.includes(name.toLowerCase()) && plain.length - name.length < 8)
    return "The password is the name with a little around it.";
  if (new Set(plain).size < 5) return "The password repeats fewer than five different characters.";
  if (/^(.{1,8})\1+$/u.test(plain)) return "The password is one piece, repeated.";
  if (ROWS.some((row) => fromRow(plain, row))) return "The password is a row of keys, letters or digits.";
  // What is left without the digits and signs around it, and with those inside read as the letters they stand for.
  const letters = plain
    .replace(/^[^\p{L}@$]+|[^\p{L}@$]+$/gu, "")
    .replaceAll("0", "o")
    .replaceAll("@", "a")
    .replaceAll("$", "s")
    .replace(/[^\p{L}]+/gu, "");
  const bare = plain.replace(/[^\p{L}]+/gu, "");
  if (words.some((word) => isMostly(letters, word) || isMostly(bare, word)))
    return "The password is one of the commonest, with digits or signs around it.";
  return undefined;
}

/** True when the letters are the word alone, once or more often. */
function isMostly(letters: string, word: string): boolean {
  return letters.length > 0 && letters.replaceAll(word, "") === "";
}

function fromRow(text: string, row: string): boolean {
  const circle = row + row;
  return circle.includes(text) || [...circle].reverse().join("").includes(text);
}
