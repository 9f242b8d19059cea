import { describe, expect, it } from "vitest";
import { limits } from "../../src/language/limits.ts";
import { evaluated, failed, problemsOf } from "./evaluate.ts";

/** Deeply shared values: small in memory, endless when written out. */
const SHARED = "$reduce([1..40], function($a, $i) { { 'a': $a, 'b': $a } }, { 'x': 1 })";
const GROWING = "$reduce([1..60], function($a, $i) { $a & $a }, 'x')";
const BIG = "$big := $pad('x', 8000000)";

describe("a rule that asks for too much", () => {
  it.each([
    ["($f := function() { $f() }; $f())", "the rule took more than 1000 ms"],
    ["($f := function($n) { 1 + $f($n + 1) }; $f(0))", "the rule went more than 20000 evaluations deep"],
    ["($f := function($n) { $f($n) + $f($n) }; $f(0))", "the rule went more than 20000 evaluations deep"],
    ["[1..10000000]", "a sequence grew to more than 100000 items"],
    ["[1..10000001]", "a sequence grew to more than 100000 items"],
    ["[1..100000].([1..10000])", "the rule made more than 1000000 items in all"],
    [
      "$reduce([1..40], function($a, $i) { $append($a, $a) }, [1, 2])",
      "a sequence grew to more than 100000 items",
    ],
    ["$pad('x', 100000000)", "`$pad` made a text of more than 8388608 characters"],
    ["$pad('x', -1000000, 'ten letters')", "`$pad` made a text of more than 8388608 characters"],
    [`$uppercase(${GROWING})`, "`&` made a text of more than 8388608 characters"],
    [`(${BIG}; [1..1000].$uppercase($big))`, "the rule made more than 67108864 characters of text in all"],
    [`(${BIG}; [1..1000].$substring($big, 1))`, "the rule made more than 67108864 characters of text in all"],
    [`(${BIG}; $encodeUrlComponent($big & 'é') & $big)`, "characters"],
    [`(${BIG}; $base64encode($big))`, "`$base64encode` made a text of more than 8388608 characters"],
    ["$replace($pad('', 1000000, 'a'), 'a', $pad('', 1000, 'b'))", "`$replace` made a text of more than"],
    ["$join([1..90000].$string(), $pad('', 1000))", "`$join` made a text of more than 8388608 characters"],
    ["$split($pad('', 8000000, 'a'), '')", "the rule made more than 1000000 items in all"],
    ["$fromMillis(0, '[Y,10000000]')", "`$fromMillis` was given a picture with a width of more than 999"],
    ["$now('[Y,10000000]')", "`$now` was given a picture with a width of more than 999"],
    [
      "$toMillis($pad('', 2000, '1'), '[Y]')",
      "`$toMillis` was given a picture or a date of more than 1000 characters",
    ],
    ["$formatNumber(1, $pad('', 1000000, '0'))", "`$formatNumber` was given a picture or a date"],
    ["$distinct([1..30000].{ 'a': $ })", "`$distinct` was given more than 5000 objects to compare"],
    ["$match($pad('', 100000, 'a'), /.*z|a/)", "the rule took more than 1000 ms"],
    ["[1..100000]^(>$)", "the rule took more than 1000 ms"],
    [`$string(${SHARED})`, "`$string` was given a value of more than 1000000 parts"],
    [`$clone(${SHARED})`, "`$clone` was given a value of more than 1000000 parts"],
    [`${SHARED} = ${SHARED}`, "`=` was given a value of more than 1000000 parts"],
    [`'' & ${SHARED}`, "`&` was given a value of more than 1000000 parts"],
    [SHARED, "the result holds more than 1000000 values"],
    [`(${BIG}; [$big, $big])`, "the result holds more than 8388608 characters of text"],
    ["$formatInteger(1e15, 'I')", "the rule needs more stack or memory than there is"],
  ])("%s is stopped with a sentence", async (source, sentence) => {
    const began = Date.now();
    const error = await failed(source);
    expect([error.code, error.detail]).toEqual([
      "TRANSFORM_LIMIT_EXCEEDED",
      expect.stringContaining(sentence),
    ]);
    expect(error.detail).toMatch(/^line 1, column \d+: /);
    expect(Date.now() - began).toBeLessThan(limits.timeMs + 4000);
  });

  it("leaves the next evaluation unharmed", async () => {
    await failed("{ 'a': $error('x'), 'b': ($f := function() { $f() }; $f()) }");
    expect(await evaluated("$sum([1..1000])")).toBe(500_500);
  });

  it.each([
    ["$match", "($t := $pad('', 100000, 'a') & '!'; $match($t, /^(a+)+$/))", undefined],
    ["$contains", "($t := $pad('', 100000, 'a') & '!'; $contains($t, /^(a+)+$/))", false],
    ["$replace", "($t := $pad('', 100000, 'a') & '!'; $length($replace($t, /(a|aa)+$/, '')))", 100_001],
    ["$split", "($t := $pad('', 100000, 'a') & '!'; $count($split($t, /(a*)*b/)))", 1],
  ])("finishes catastrophic patterns in linear time: %s", async (_, source, result) => {
    expect(await evaluated(source)).toEqual(result);
  });

  it("may do a fair amount of work", async () => {
    expect(await evaluated("$count($distinct([1..90000]))")).toBe(90_000);
    expect(await evaluated("$sort($map([1..50000], function($n) { 50001 - $n }))[0]")).toBe(1);
    expect(await evaluated("$length($join([1..50000].$string(), ','))")).toBe(288_893);
    expect(await evaluated("$count($keys($merge([1..10000].{ $string($): $ })))")).toBe(10_000);
  });

  it("refuses endless patterns before anything runs", () => {
    expect(problemsOf("$match(a, /((a{100}){100}){100}/)")).toEqual([
      expect.stringContaining("RULE_REGEX_INVALID"),
    ]);
  });
});
