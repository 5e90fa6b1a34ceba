/** What may happen next in a state. */
export type Step<State> = { readonly what: string; readonly next: State }

export type Model<State> = {
  readonly initial: State
  /** All that may happen next; none where everything is over. */
  readonly steps: (state: State) => readonly Step<State>[]
  /** What is wrong with a state; undefined: nothing. */
  readonly wrong: (state: State) => string | undefined
}

export type Exploration = {
  readonly states: number
  readonly steps: number
  /** The shortest way to a state that is wrong, if there is one. */
  readonly refutation: { readonly wrong: string; readonly trace: readonly string[] } | undefined
}

/** States that are looked at, at most: a model with more is to be made smaller. */
const STATES_MAX = 3_000_000

/**
 * Looks at every state that can be reached, nearest first, so that the first wrong
 * one is reached by a shortest trace. States are the same if their JSON is: sets in them are sorted lists.
 */
export function explore<State>({ initial, steps, wrong }: Model<State>): Exploration {
  const known = new Set([JSON.stringify(initial)])
  const states: State[] = [initial]
  const cameFrom: { readonly from: number; readonly what: string }[] = [{ from: -1, what: 'start' }]
  let stepCount = 0
  for (let at = 0; at < states.length; at++) {
    const problem = wrong(states[at]!)
    if (problem !== undefined) {
      return { states: states.length, steps: stepCount, refutation: { wrong: problem, trace: traceTo(at, cameFrom) } }
    }
    for (const { what, next } of steps(states[at]!)) {
      stepCount++
      const key = JSON.stringify(next)
      if (known.has(key)) continue
      known.add(key)
      states.push(next)
      cameFrom.push({ from: at, what })
      if (states.length > STATES_MAX) throw new Error(`more than ${STATES_MAX} states`)
    }
    // Only what is still to be looked at is needed whole.
    ;(states as (State | undefined)[])[at] = undefined
  }
  return { states: states.length, steps: stepCount, refutation: undefined }
}

function traceTo(at: number, cameFrom: readonly { readonly from: number; readonly what: string }[]): string[] {
  const trace: string[] = []
  for (let i = at; i > 0; i = cameFrom[i]!.from) trace.push(cameFrom[i]!.what)
  return trace.reverse()
}
