/** What happened in a run, for its last line and for the exit status. */
export class Tally {
  readonly violations: string[] = []
  readonly counts = new Map<string, number>()
  readonly #report: (line: string) => void

  constructor(report: (line: string) => void) {
    this.#report = report
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by)
  }

  get(what: string): number {
    return this.counts.get(what) ?? 0
  }

  violation(what: string): void {
    this.violations.push(what)
    this.#report(`VIOLATION ${what}`)
  }

  /** All counts but those of the last line. */
  details(): string {
    return [...this.counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, count]) => `${what} ${count}`)
      .join(', ')
  }
}
