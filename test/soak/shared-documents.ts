import type { Random } from '../../core/random.ts'
import type { Ask, Body } from './ask.ts'
import type { Tally } from './tally.ts'

const IDS = 4
/** Times that a batch whose outcome is unknown is sent again. */
const REPEATS = 20

/**
 * Documents that many clients change at once, on condition of the version they read: each adds a mark of its own to a list.
 * And documents without ids, sent again under their key, as by somebody who got no answer.
 */
export class SharedDocuments {
  readonly #ask: Ask
  readonly #random: Random
  readonly #tally: Tally
  readonly #acknowledged = Array.from({ length: IDS }, () => new Set<string>())
  readonly #refused = new Set<string>()
  readonly #keyed = new Map<string, 'done' | 'refused' | 'unknown'>()
  #next = 0

  constructor(ask: Ask, random: Random, tally: Tally) {
    this.#ask = ask
    this.#random = random
    this.#tally = tally
  }

  step(): Promise<void> {
    return this.#random.number() < 0.7 ? this.#mark() : this.#post()
  }

  async #mark(): Promise<void> {
    const number = Math.floor(this.#random.number() * IDS)
    const expected = [...this.#acknowledged[number]!]
    const path = `/documents/shared-${number}`
    const read = await this.#ask('GET', path)
    if (read.outcome === 'unknown' || (read.outcome === 'refused' && read.status !== 404)) return
    const marks: string[] = read.outcome === 'done' ? read.body.marks : []
    this.#check(number, marks, expected, `GET ${read.server}`)
    const mark = `m${this.#next++}`
    const condition: Record<string, string> =
      read.outcome === 'done' ? { 'if-match': `"${read.version}"` } : { 'if-none-match': '*' }
    const asked = await this.#ask('PUT', path, { client: 'shared', marks: [...marks, mark] }, condition)
    const isDone = asked.outcome === 'done' || (asked.outcome === 'refused' && asked.body.error.details.is_as_asked)
    if (isDone) this.#acknowledged[number]!.add(mark)
    else if (asked.outcome === 'refused') this.#refused.add(mark)
    this.#tally.count(isDone ? 'acknowledged' : asked.outcome === 'refused' ? 'lost races' : 'writes unknown')
  }

  async #post(): Promise<void> {
    const key = `k${this.#next++}`
    const documents = [{ client: 'keyed', key }]
    let known: 'done' | 'refused' | 'unknown' = 'refused'
    for (let i = 0; i < REPEATS; i++) {
      const asked = await this.#ask('POST', '/documents', { documents }, { 'idempotency-key': key })
      const isDone = asked.outcome === 'done' && asked.body.indexed === 1
      const isUnknown = asked.outcome === 'unknown' || (asked.outcome === 'done' && !isDone && isUnknownOf(asked.body))
      // Refused by a second try says nothing of the first.
      if (isDone) known = 'done'
      else if (isUnknown && known !== 'done') known = 'unknown'
      // Half of the answers are as good as lost: whoever got none sends the same again.
      if (isDone ? this.#random.number() < 0.5 : known === 'refused') break
    }
    this.#keyed.set(key, known)
    this.#tally.count(known === 'done' ? 'acknowledged' : `writes ${known}`)
  }

  /** @param documents all of the collection, once nothing is under way */
  checkAll(documents: readonly Body[], how: string): void {
    for (const [number, acknowledged] of this.#acknowledged.entries()) {
      const marks = documents.find(({ id }) => id === `shared-${number}`)?.marks ?? []
      this.#check(number, marks, [...acknowledged], how)
    }
    const keys: string[] = documents.filter(({ client }) => client === 'keyed').map(({ key }) => key)
    const found = new Set(keys)
    if (found.size < keys.length) this.#tally.violation(`${how}: a document sent under a key is there twice`)
    for (const [key, outcome] of this.#keyed) {
      if (outcome === 'done' && !found.has(key)) this.#tally.violation(`${how}: the document of ${key} is lost`)
      if (outcome === 'refused' && found.has(key)) this.#tally.violation(`${how}: ${key} was refused, and is there`)
    }
  }

  #check(number: number, marks: readonly string[], expected: readonly string[], how: string): void {
    this.#tally.count('checks')
    const found = new Set(marks)
    const where = `${how}: shared-${number} with ${marks.length} marks`
    if (found.size < marks.length) this.#tally.violation(`${where} has one twice: ${marks}`)
    const lost = expected.filter((mark) => !found.has(mark))
    if (lost.length > 0) this.#tally.violation(`${where} lost ${lost}: ${marks}`)
    const refused = marks.filter((mark) => this.#refused.has(mark))
    if (refused.length > 0) this.#tally.violation(`${where} has ${refused}, which was refused`)
  }
}

function isUnknownOf(body: Body): boolean {
  return body.errors.some(({ error }: Body) => error.code === 'outcome_unknown')
}
