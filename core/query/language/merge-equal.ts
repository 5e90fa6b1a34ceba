import type { BoolPart, Clause } from './clause.ts'
import { boosted } from './combine-clauses.ts'

type FieldsClause = Extract<Clause, { readonly kind: 'fields' }>
type BoolClause = Extract<Clause, { readonly kind: 'bool' }>
/** `key` is the same for clauses that differ only in their boosts. */
type Keyed<C> = { readonly clause: C; readonly key: number }

/**
 * Merges equal clauses of the same parent and adds up their boosts: a clause that occurs twice counts twice but is evaluated
 * once. The time is linear in the size of the clause.
 *
 * @param variantsMax the most variants of each fuzzy word in the result
 */
export function mergeEqual(clause: Clause, variantsMax: number): Clause {
  const keys = new Map<string, number>()
  return merge(clause).clause

  function merge(part: Clause): Keyed<Clause> {
    if (part.kind === 'bool') return mergeBool(part)
    if (part.kind === 'fields') return mergeFields(part)
    const fitted = part.kind === 'fuzzy' ? { ...part, variants: Math.min(part.variants, variantsMax) } : part
    return { clause: fitted, key: keyOf(clauseKey(part)) }
  }

  function mergeBool(bool: BoolClause): Keyed<Clause> {
    const merged = new Map<string, BoolPart>()
    const contents: string[] = []
    for (const { occur, clause: part } of bool.parts) {
      const inner = merge(part)
      contents.push(`${occur} ${inner.key} ${boostOf(inner.clause)}`)
      const name = `${occur} ${inner.key}`
      const before = merged.get(name)
      const sum = before && occur !== 'must_not' ? added(before.clause, inner.clause) : (before?.clause ?? inner.clause)
      merged.set(name, { occur, clause: sum })
    }
    const parts = [...merged.values()]
    const [first] = parts
    const isOne = parts.length === 1 && first!.occur !== 'must_not'
    return {
      clause: isOne ? boosted(first!.clause, bool.boost) : { ...bool, parts },
      key: keyOf(`bool ${contents.join(',')}`),
    }
  }

  function mergeFields(fields: FieldsClause): Keyed<Clause> {
    const merged = new Map<number, Clause>()
    const contents: string[] = []
    for (const part of fields.clauses) {
      const inner = merge(part)
      contents.push(`${inner.key} ${boostOf(inner.clause)}`)
      const before = merged.get(inner.key)
      const both = fields.mode === 'sum' ? added : better
      merged.set(inner.key, before ? both(before, inner.clause) : inner.clause)
    }
    const clauses = [...merged.values()]
    return {
      clause: clauses.length === 1 ? boosted(clauses[0]!, fields.boost) : { ...fields, clauses },
      key: keyOf(`${fields.mode} ${contents.join(',')}`),
    }
  }

  function keyOf(content: string): number {
    const known = keys.get(content)
    if (known !== undefined) return known
    keys.set(content, keys.size)
    return keys.size - 1
  }
}

function boostOf(clause: Clause): number {
  return clause.kind === 'none' ? 0 : clause.boost
}

function added(a: Clause, b: Clause): Clause {
  return a.kind === 'none' ? a : { ...a, boost: a.boost + boostOf(b) }
}

function better(a: Clause, b: Clause): Clause {
  return boostOf(b) > boostOf(a) ? b : a
}

/** A key that is the same for clauses that differ only in their boosts. */
export function clauseKey(clause: Clause): string {
  return JSON.stringify({ ...clause, boost: 0 }, clause.kind === 'range' ? writeBigints : undefined)
}

function writeBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
