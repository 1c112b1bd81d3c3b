/** What an exercise did and what it found wrong, printed as it goes. */
export interface Findings {
  did(what: string): void;
  fail(what: string): void;
  check(good: boolean, what: string): void;
  /** The exit code. */
  conclude(): number;
}

export function startFindings(): Findings {
  let failures = 0;
  let checks = 0;
  const fail = (what: string) => {
    failures += 1;
    console.log(`✗ ${what}`);
  };
  return {
    did: (what) => console.log(`  ${what}`),
    fail,
    check(good, what) {
      checks += 1;
      if (good) console.log(`✓ ${what}`);
      else fail(what);
    },
    conclude() {
      console.log(failures === 0 ? `\nAll ${checks} checks passed.` : `\n${failures} of the checks failed.`);
      return failures === 0 ? 0 : 1;
    },
  };
}
